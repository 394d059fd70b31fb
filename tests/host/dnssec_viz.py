#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Runs DNSViz 0.9.4 without its surroundings, and judges what it found.

usage: dnssec_viz.py probe|grok OPTION...      as `dnsviz probe` and `dnsviz grok`
       dnssec_viz.py judge MODE EXPECTED PROBED GROKKED
EXPECTED has lines of these kinds; a fault, error or warning, that is not listed must not be:
    answer|nodata|nxdomain NAME TYPE STATUS [MODE=STATUS]...    such a reply came, of that status; in MODE of another
    zone NAME STATUS            the delegation to it
    fault MODE NAME CODE        must be found; "any": in every mode
    heard NAME TYPE ADDRESS...  these servers replied to such queries, and no others
    asked NAME TYPE KEY=VALUE   such a query with this option was sent, and each server replied
"""
import importlib
import json
import os
import sys
import tempfile


def run(command):
    """DNSViz with three things mended: it wants a resolver's address though it asks none, a version that pygraphviz
    no longer tells, and the status of an SOA record that it does not draw: one with the denial of an unsigned zone's key."""
    import dns.rdatatype
    import dnsviz.config
    import pygraphviz

    resolv = tempfile.NamedTemporaryFile("w", suffix=".conf")
    resolv.write("nameserver 127.0.0.1\n")
    resolv.flush()
    dnsviz.config.RESOLV_CONF = resolv.name
    pygraphviz.release = type("release", (), {"version": "1.7"})

    from dnsviz.analysis.offline import OfflineDomainNameAnalysis, Status

    class Statuses(dict):
        def __missing__(self, part):
            if getattr(part, "rrset", None) is None or part.rrset.rdtype != dns.rdatatype.SOA:
                raise KeyError(part)
            return Status.RRSET_STATUS_INSECURE

    set_statuses = OfflineDomainNameAnalysis._set_response_component_status

    def set_all(self, statuses, *args, **options):
        set_statuses(self, statuses if isinstance(statuses, Statuses) else Statuses(statuses), *args, **options)

    OfflineDomainNameAnalysis._set_response_component_status = set_all
    importlib.import_module("dnsviz.commands." + command).main(sys.argv[1:])


FAULTS = ("error", "errors", "warning", "warnings")


def faults_of(part):
    """The codes of all errors and warnings within a part of what grok tells."""
    if isinstance(part, list):
        return [code for each in part for code in faults_of(each)]
    if not isinstance(part, dict):
        return []
    codes = []
    for key, value in part.items():
        codes += [each["code"] for each in value] if key in FAULTS else faults_of(value)
    return codes


class Judge:
    def __init__(self, mode, probed, grokked):
        self.mode = mode
        self.probed = probed
        self.grokked = grokked
        self.complaints = []
        self.count = 0
        self.faults = set()

    def expect(self, what, wanted, got):
        self.count += 1
        if wanted != got:
            self.complaints.append(f"{what}: expected {wanted}, got {got}")

    def reply(self, kind, name, rdtype, status, *other):
        query = self.grokked.get(name, {}).get("queries", {}).get(f"{name}/IN/{rdtype}", {})
        wanted = dict(each.split("=") for each in other).get(self.mode, status)
        self.expect(f"{kind} {name} {rdtype}", {wanted}, {each["status"] for each in query.get(kind, [])})

    def zone(self, name, status):
        self.expect(f"zone {name}", status, self.grokked.get(name, {}).get("delegation", {}).get("status"))

    def fault(self, mode, name, code):
        if mode in ("any", self.mode):
            self.faults.add((name, code))

    def queries(self, name, rdtype):
        return [query for query in self.probed.get(name, {}).get("queries", []) if query["qtype"] == rdtype]

    def heard(self, name, rdtype, *servers):
        self.expect(f"heard {name} {rdtype}", set(servers),
                    {server for query in self.queries(name, rdtype) for server in query["responses"]})

    def asked(self, name, rdtype, option):
        key, value = option.split("=")
        replies = [reply for query in self.queries(name, rdtype) if str(query["options"].get(key)) == value
                   for clients in query["responses"].values() for reply in clients.values()]
        self.expect(f"asked {name} {rdtype} {option}", True, bool(replies) and all(reply.get("message") for reply in replies))

    def all_faults(self):
        found = {(name, code) for name, part in self.grokked.items() for code in faults_of(part)}
        self.expect("faults that are not there", [], sorted(self.faults - found))
        self.expect("faults", [], sorted(found - self.faults))


def judge(mode, expected, probed, grokked):
    with open(probed) as probed_file, open(grokked) as grokked_file:
        court = Judge(mode, json.load(probed_file), json.load(grokked_file))
    with open(expected) as lines:
        for line in lines:
            kind, *rest = line.split()
            if kind in ("answer", "nodata", "nxdomain"):
                court.reply(kind, *rest)
            else:
                getattr(court, kind)(*rest)
    court.all_faults()
    print(*court.complaints, sep="\n")
    print(f"{court.count} expectations, {len(court.complaints)} not met")
    return 1 if court.complaints else 0


if __name__ == "__main__":
    if sys.argv[1] == "judge":
        sys.exit(judge(*sys.argv[2:]))
    run(sys.argv[1])
