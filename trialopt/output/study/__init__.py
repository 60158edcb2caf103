"""One planned study, from which registers, randomisation lists and study definitions are written."""
