"""define.xml, which says what the trial design datasets hold: CDISC Define-XML 2.1.0 on ODM 1.3.2.

Source: CDISC Define-XML Specification, version 2.1 (2019), sections 5.3 (elements in their order) and 4 (standards,
origins, value level metadata). Every object has an OID, by which others refer to it; `define_check` says which do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from trialopt.output.sdtm.define_terms import ASSIGNED, DURATIONS, STRUCTURE, VARIABLES, Terms, of_parameter
from trialopt.output.sdtm.domains import DOMAINS, Dataset, Domain, Records, Study, Variable
from trialopt.output.sdtm.terms import VERSION

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"

IG, CT = "STD.1", "STD.2"
"""OIDs of the two standards: the implementation guide and the controlled terminology."""

NAME = "define.xml"


def define_xml(study: Study, *, created: str, version: str, title: str, suffix: str) -> bytes:
    """The file for datasets of files that end in `suffix`. `created` is a time in UTC, `version` that of trialopt."""
    (identifier,) = {str(dataset.records[0]["STUDYID"]) for dataset in study.values()}
    for prefix, uri in (("", ODM), ("def", DEF), ("xlink", XLINK)):
        register_namespace(prefix, uri)
    root = Element(_o("ODM"), {
        "FileType": "Snapshot", "FileOID": f"{identifier}.DEFINE", "ODMVersion": "1.3.2",
        "CreationDateTime": created, "Originator": "trialopt", "SourceSystem": "trialopt",
        "SourceSystemVersion": version, _d("Context"): "Submission",
    })  # fmt: skip
    about = SubElement(root, _o("Study"), OID=f"STDY.{identifier}")
    names = SubElement(about, _o("GlobalVariables"))
    for tag, text in (("StudyName", identifier), ("StudyDescription", title), ("ProtocolName", identifier)):
        SubElement(names, _o(tag)).text = text
    data = SubElement(about, _o("MetaDataVersion"), {
        "OID": f"MDV.{identifier}", "Name": f"{identifier}, trial design", _d("DefineVersion"): "2.1.0",
        "Description": "Datasets of the planned trial: arms, elements, visits, criteria and summary",
    })  # fmt: skip
    _standards(data)
    _value_lists(data, study)
    for name in sorted(study):
        data.append(_group(DOMAINS[name], study[name], f"{name.lower()}{suffix}"))
    for item in _items(study):
        data.append(item)
    for terms, used in _codelists(study).values():
        data.append(_codelist(terms, used))
    indent(root, " ")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _standards(data: Element) -> None:
    both = SubElement(data, _d("Standards"))
    SubElement(both, _d("Standard"), OID=IG, Name="SDTMIG", Type="IG", Version="3.4", Status="Final")
    SubElement(
        both, _d("Standard"), OID=CT, Name="CDISC/NCI", Type="CT", PublishingSet="SDTM", Version=VERSION, Status="Final"
    )


# -- Values of the summary, whose meaning and terms the parameter decides. ----------------------------------------


def _value_lists(data: Element, study: Study) -> None:
    """What TSVAL is for each parameter whose values are controlled terms."""
    coded = coded_parameters(study)
    if not coded:
        return
    listed = SubElement(data, _d("ValueListDef"), OID="VL.TS.TSVAL")
    for number, parameter in enumerate(coded, start=1):
        ref = SubElement(listed, _o("ItemRef"), ItemOID=_value(parameter), OrderNumber=str(number), Mandatory="No")
        SubElement(ref, _d("WhereClauseRef"), WhereClauseOID=f"WC.TS.TSVAL.{parameter}")
    for parameter in coded:
        where = SubElement(data, _d("WhereClauseDef"), OID=f"WC.TS.TSVAL.{parameter}")
        check = SubElement(
            where, _o("RangeCheck"), {"SoftHard": "Soft", _d("ItemOID"): "IT.TS.TSPARMCD", "Comparator": "EQ"}
        )
        SubElement(check, _o("CheckValue")).text = parameter


def coded_parameters(study: Study) -> dict[str, Records]:
    """Parameters of the summary whose values are controlled terms -> their records that have a value."""
    found: dict[str, Records] = {}
    for record in study["TS"].records if "TS" in study else []:
        if of_parameter(str(record["TSPARMCD"])) and record["TSVAL"]:
            found.setdefault(str(record["TSPARMCD"]), []).append(record)
    return found


def _value(parameter: str) -> str:
    return f"IT.TS.TSVAL.{parameter}"


# -- Datasets and their variables. --------------------------------------------------------------------------------


def variables_of(domain: Domain, dataset: Dataset) -> list[Variable]:
    """Variables that a dataset has, in its order."""
    return [variable for name in dataset.labels if (variable := domain.variable(name)) is not None]


def _group(domain: Domain, dataset: Dataset, file: str) -> Element:
    group = Element(_o("ItemGroupDef"), {
        "OID": f"IG.{domain.name}", "Domain": domain.name, "Name": domain.name, "Repeating": "Yes",
        "IsReferenceData": "Yes", "SASDatasetName": domain.name, "Purpose": "Tabulation",
        _d("StandardOID"): IG, _d("Structure"): STRUCTURE[domain.name], _d("ArchiveLocationID"): f"LF.{domain.name}",
    })  # fmt: skip
    _described(group, domain.label)
    for number, variable in enumerate(variables_of(domain, dataset), start=1):
        ref = SubElement(group, _o("ItemRef"), ItemOID=f"IT.{domain.name}.{variable.name}", OrderNumber=str(number))
        ref.set("Mandatory", "Yes" if variable.core == "Req" else "No")
        ref.set("Role", variable.role)
        if variable.name in domain.keys:
            ref.set("KeySequence", str(domain.keys.index(variable.name) + 1))
    SubElement(group, _d("Class"), Name="TRIAL DESIGN")
    leaf = SubElement(group, _d("leaf"), {"ID": f"LF.{domain.name}", f"{{{XLINK}}}href": file})
    SubElement(leaf, _d("title")).text = file
    return group


def _items(study: Study) -> Iterator[Element]:
    for name in sorted(study):
        dataset = study[name]
        for variable in variables_of(DOMAINS[name], dataset):
            values = [record.get(variable.name) for record in dataset.records]
            terms = VARIABLES.get(variable.name)
            item = _item(f"IT.{name}.{variable.name}", variable, values, None if terms is None else _list_id(terms))
            if (name, variable.name) == ("TS", "TSVAL") and coded_parameters(study):
                SubElement(item, _d("ValueListRef"), ValueListOID="VL.TS.TSVAL")
            yield item
    for parameter, records in coded_parameters(study).items():
        terms = of_parameter(parameter)
        variable = Variable("TSVAL", f"{records[0]['TSPARM']}", "Char", "Exp", "Result Qualifier")
        assert terms is not None
        yield _item(_value(parameter), variable, [record["TSVAL"] for record in records], _list_id(terms))


def _item(oid: str, variable: Variable, values: Iterable[object], codelist: str | None) -> Element:
    kind, length = typed(variable, values)
    item = Element(_o("ItemDef"), OID=oid, Name=variable.name, DataType=kind, SASFieldName=variable.name)
    if length:
        item.set("Length", str(length))
    _described(item, variable.label)
    if codelist is not None:
        SubElement(item, _o("CodeListRef"), CodeListOID=codelist)
    SubElement(item, _d("Origin"), Type="Assigned" if variable.name in ASSIGNED else "Protocol", Source="Sponsor")
    return item


def typed(variable: Variable, values: Iterable[object]) -> tuple[str, int]:
    """Type of a variable and its length, 0 where the type has none: that of its longest value, at least 1."""
    if variable.name in DURATIONS:
        return "durationDatetime", 0
    longest = max((len(str(value)) for value in values if value is not None), default=1)
    return "text" if variable.kind == "Char" else "integer", max(1, longest)


# -- Controlled terms: those that are used, of which each that the standard does not have is marked as added. -----


def _list_id(terms: Terms) -> str:
    return f"CL.{terms.code or 'NULLFLAVOR'}"


def _codelists(study: Study) -> Mapping[str, tuple[Terms, list[str]]]:
    """OID -> codelist and its terms that the datasets use."""
    found: dict[str, tuple[Terms, list[str]]] = {}
    for name in sorted(study):
        for variable in study[name].labels:
            if (terms := VARIABLES.get(variable)) is not None:
                used = [str(record[variable]) for record in study[name].records if record.get(variable)]
                found.setdefault(_list_id(terms), (terms, []))[1].extend(used)
    for parameter, records in coded_parameters(study).items():
        if (terms := of_parameter(parameter)) is not None:
            found.setdefault(_list_id(terms), (terms, []))[1].extend(str(record["TSVAL"]) for record in records)
    return {oid: (terms, list(dict.fromkeys(used)) or list(terms.terms)) for oid, (terms, used) in found.items()}


def _codelist(terms: Terms, used: list[str]) -> Element:
    made = Element(_o("CodeList"), OID=_list_id(terms), Name=terms.name, DataType="text")
    if terms.code:
        made.set(_d("StandardOID"), CT)
    else:
        made.set(_d("IsNonStandard"), "Yes")
    decoded = any(terms.terms.get(term) for term in used)
    for term in used:
        item = SubElement(made, _o("CodeListItem" if decoded else "EnumeratedItem"), CodedValue=term)
        if terms.code and term not in terms.terms:
            item.set(_d("ExtendedValue"), "Yes")
        if decoded:
            _text(SubElement(item, _o("Decode")), terms.terms.get(term) or term)
        if code := terms.codes.get(term):
            SubElement(item, _o("Alias"), Name=code, Context="nci:ExtCodeID")
    if terms.code:
        SubElement(made, _o("Alias"), Name=terms.code, Context="nci:ExtCodeID")
    return made


def _described(parent: Element, text: str) -> None:
    _text(SubElement(parent, _o("Description")), text)


def _text(parent: Element, text: str) -> None:
    SubElement(parent, _o("TranslatedText"), {f"{{{XML}}}lang": "en"}).text = text


def _o(tag: str) -> str:
    return f"{{{ODM}}}{tag}"


def _d(tag: str) -> str:
    return f"{{{DEF}}}{tag}"
