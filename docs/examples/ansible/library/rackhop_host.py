#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-only
"""Drains hosts of a Xen cluster, or lets them take guests again, by rackhop."""
import json

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: rackhop_host
short_description: Empties hosts of a Xen cluster, or lets them take guests again
description:
  - Runs on the host where rackhop's configuration names the cluster.
  - Nothing is changed where the state is as wanted.
options:
  hosts:
    description: Hosts, or racks as C(rack:NAME).
    type: list
    elements: str
    required: true
  state:
    description:
      - C(drained), no guest is on the hosts, and they are in maintenance.
      - C(active), they take guests. Guests that were moved away stay where they
        are; C(home) brings them back.
    type: str
    choices: [drained, active]
    default: drained
  home:
    description: With C(active), bring guests back that were moved off the hosts.
    type: bool
    default: false
  best_effort:
    description: With C(drained), move what can move; the task fails if a guest is
      left, and names it.
    type: bool
    default: false
  command:
    description: The program.
    type: str
    default: rackhop
"""

EXAMPLES = r"""
- rackhop_host:
    hosts: "{{ inventory_hostname }}"
    state: drained
  delegate_to: admin
"""

RETURN = r"""
left:
  description: The guests that are not where they should be, and why.
  type: list
  returned: always
runs:
  description: The names of the runs that moved guests.
  type: list
  returned: always
"""


def reason(err):
    """The last line of what was said, which is an object after --json."""
    lines = [line for line in err.splitlines() if line.strip()]
    try:
        return json.loads(lines[-1])["text"]
    except (ValueError, KeyError, TypeError, IndexError):
        return lines[-1] if lines else ""


def last_object(text):
    """The last line that is a JSON object: how a run ended."""
    for line in reversed(text.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


class Cluster:
    def __init__(self, module):
        self.module = module
        self.result = {"changed": False, "runs": [], "left": []}

    def fail(self, what, code, err):
        left = [f"{g['name']} is on {g['on']}: {g['why']}"
                for g in self.result["left"]]
        self.module.fail_json(
            msg=f"{what}: {'; '.join(left) or reason(err) or code}",
            rc=code, stderr=err, **self.result)

    def command(self, verb, *args):
        code, out, err = self.module.run_command(
            [self.module.params["command"], verb, *args, "--json",
             *self.module.params["hosts"]])
        return code, out, err

    def run(self, verb, *args):
        """A command that moves guests, event by event."""
        code, out, err = self.command(verb, "--yes", *args)
        end = last_object(out)
        self.result["changed"] |= bool(end.get("changed"))
        self.result["left"] += end.get("left", [])
        if end.get("run"):
            self.result["runs"].append(end["run"])
        if code:
            self.fail(verb, code, err or end.get("text", ""))

    def undrain(self):
        code, out, err = self.command("undrain")
        try:
            done = json.loads(out)
        except ValueError:
            done = {}
        self.result["changed"] |= bool(done.get("changed"))
        if code:
            wrong = [f"{h['name']}: {h['error']}" for h in done.get("hosts", [])
                     if "error" in h]
            self.fail("undrain", code, "; ".join(wrong) or err)

    def would_drain(self):
        """Is there a guest on a host, or a host that takes some?"""
        code, out, err = self.command("hosts")
        if code not in (0, 4):
            self.fail("hosts", code, err)
        rows = json.loads(out)["hosts"]
        if self.module.params["state"] == "active":
            return any(h["state"] == "maintenance" for h in rows)
        return any(h["state"] != "maintenance" or h["guests"] for h in rows)


def main():
    module = AnsibleModule(
        argument_spec={
            "hosts": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["drained", "active"],
                      "default": "drained"},
            "home": {"type": "bool", "default": False},
            "best_effort": {"type": "bool", "default": False},
            "command": {"type": "str", "default": "rackhop"},
        },
        supports_check_mode=True)
    cluster = Cluster(module)
    if module.check_mode:
        cluster.result["changed"] = cluster.would_drain()
    elif module.params["state"] == "drained":
        cluster.run("drain", *["--best-effort"] *
                    module.params["best_effort"])
    else:
        cluster.undrain()
        if module.params["home"]:
            cluster.run("home")
    module.exit_json(**cluster.result)


if __name__ == "__main__":
    main()
