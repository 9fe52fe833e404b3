# SPDX-License-Identifier: Apache-2.0
# One JSON object a line, both ways.
tum render <<'END'; echo "status $?"
{"template": "a{{ x }}b", "vars": {"x": 3}}
{"template": "{% for i in range(n) %}{{ i }},{% endfor %}", "vars": {"n": 3}}
{"template": "plain"}
{"template": "é\u20ac \"quoted\"\n"}
{"template": "{% if %}", "vars": {}}
{"template": "{{ x.y.z }}", "vars": {}}
{"template": "{{ 1 | nosuchfilter }}", "vars": {}}
{"template": "{{ 1 + 'a' }}", "vars": {}}
END
echo "not such objects"
tum render <<'END'; echo "status $?"
{"template": 1}
[]
nonsense
{"vars": {}}
{"template": "still {{ 'here' }}"}
END
