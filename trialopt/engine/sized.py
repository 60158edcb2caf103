class Sized:
    pass
