"""Reads a CSV file by Python's csv and prints its rows, as dictionaries, as JSON."""
import csv
import json
import sys

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    print(json.dumps(list(csv.DictReader(file, strict=True))))
