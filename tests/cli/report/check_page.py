"""Reads a report with two parsers and prints its text: html5lib, which must find no error, and an XML
parser. Fails where the page would load anything, run anything, or leave itself.

    check_page.py PAGE
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

import html5lib

page = open(sys.argv[1], "rb").read()
strict = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
document = strict.parse(page)
ElementTree.fromstring(page)

for element in document.iter():
    if not isinstance(element.tag, str):
        continue
    name = element.tag.split("}")[-1].lower()
    assert name not in {"script", "link", "iframe", "object", "embed", "img", "base", "form"}, name
    for attribute, value in element.attrib.items():
        attribute = str(attribute).split("}")[-1].lower()
        assert not attribute.startswith("on"), (name, attribute)
        if attribute in {"src", "href", "srcset", "action", "data", "poster"}:
            assert value.startswith("#"), (name, attribute, value)
        assert "url(" not in value, (name, attribute, value)
    if name == "style":
        assert not re.search(r"@import|url\(", element.text)
ids = [element.get("id") for element in document.iter() if element.get("id")]
assert len(ids) == len(set(ids)), "ids are unique"
print(" ".join(" ".join(document.find("body").itertext()).split()))
