# SPDX-License-Identifier: Apache-2.0
# A format of its own: a line for each kept row.
from testium_report import Exporter


class Lines(Exporter):
    def export(self):
        with open(self.out_path, "w", encoding="utf-8") as f:
            for row in self.rows:
                f.write("%s: %s %s\n" % (row.type, row.name, row.result))
        print("lines written:", len(self.rows))
