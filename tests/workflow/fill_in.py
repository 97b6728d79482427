"""Run by the Python of LibreOffice: open a workbook as an office would, fill in cells, save it as XLSX.

python3 fill_in.py PORT FILE OUT CELLS.json      each cell: [sheet, column, row, "text" | "number" | "date", value]
"""

import json
import os
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def connected(port):
    resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(100):
        try:
            return resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.2)
    raise SystemExit("LibreOffice does not answer")


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


port, source, target, cells = sys.argv[1:]
context = connected(port)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
book = desktop.loadComponentFromURL(uno.systemPathToFileUrl(source), "_blank", 0, (option("Hidden", True),))
for name, column, row, kind, value in json.loads(Path(cells).read_text(encoding="utf-8")):
    sheet = book.Sheets.getByName(name)
    sheet.unprotect("")
    cell = sheet.getCellByPosition(column, row)
    if kind == "text":
        cell.setString(value)
    else:
        cell.setValue(float(value))
book.storeToURL(uno.systemPathToFileUrl(target), (option("FilterName", "Calc MS Excel 2007 XML"),))
book.close(True)
os._exit(0)  # the bridge may crash while it is taken down; the file is written
