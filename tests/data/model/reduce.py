#!/usr/bin/env python3
"""Reduces the service models of botocore to what requests must keep.

    python3 tests/data/model/reduce.py botocore-1.44.8-py3-none-any.whl > tests/data/model/shapes.txt
"""

import gzip
import json
import sys
import zipfile

SERVICES = ["dynamodb", "dynamodbstreams"]


def main(wheel):
    lines, shapes = [], {}
    with zipfile.ZipFile(wheel) as files:
        for service in SERVICES:
            path = f"botocore/data/{service}/2012-08-10/service-2.json.gz"
            model = json.loads(gzip.decompress(files.read(path)))
            for name, operation in sorted(model["operations"].items()):
                if "input" in operation:
                    lines.append(f"operation {service} {name} {operation['input']['shape']}")
                    gather(model["shapes"], operation["input"]["shape"], shapes)
                else:
                    lines.append(f"operation {service} {name}")
    for name, text in sorted(shapes.items()):
        lines.extend(["", *text])
    print("\n".join(lines))


def gather(model, name, shapes):
    """The lines of a shape and of all that it holds, each shape once."""
    if name in shapes:
        return
    shape = model[name]
    facts = [f"{fact}={shape[fact]}" for fact in ("min", "max", "pattern") if fact in shape]
    if "enum" in shape:
        facts.append("enum=" + "|".join(shape["enum"]))
    shapes[name] = text = [" ".join([shape["type"], name, *facts])]
    members = []
    if shape["type"] == "structure":
        required = shape.get("required", [])
        for member, target in shape["members"].items():
            text.append(f"  {member} {target['shape']}" + " required" * (member in required))
            members.append(target["shape"])
    elif shape["type"] == "list":
        members = [shape["member"]["shape"]]
        text.append(f"  * {members[0]}")
    elif shape["type"] == "map":
        members = [shape["key"]["shape"], shape["value"]["shape"]]
        text.append(f"  <key> {members[0]}")
        text.append(f"  * {members[1]}")
    for member in members:
        gather(model, member, shapes)


if __name__ == "__main__":
    main(sys.argv[1])
