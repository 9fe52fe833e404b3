# SPDX-License-Identifier: Apache-2.0
# One JSON object that a validator reads; the manual part is mdoc.
tum schema > schema.json; echo "status $?"
head -5 schema.json
python3 - <<'END'
import json
s = json.load(open("schema.json"))
print(s["required"], s["additionalProperties"], s["type"])
print(sorted(s["properties"]))
print(s["$defs"]["_main"]["properties"]["steps"], s["$defs"]["_main"]["required"])
print({k: v for k, v in s["$defs"]["_step"].items() if k != "properties"})
print(s["$defs"]["parallel"]["properties"]["sync"])
print(s["$defs"]["sleep"]["required"], s["$defs"]["sleep"]["additionalProperties"])
END
tum schema --manual | head -1
