/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes what stands behind the options of a command: examples of it. */
#include "tools/cli/help.h"

#include <string.h>

#include "tools/cli/cmd.h"

const char help_exit_codes[] =
    "Exit codes: 0 done, 1 failed and nothing changed, 2 wrong usage,\n"
    "3 no plan can do it, 4 partly done, 5 a guest is in doubt\n";

static const struct {
    const char *command, *page, *examples;
} pages[] = {
    { "migrate", "rackhop(1)",
      "  rackhop migrate web1 r2h2        to that host\n"
      "  rackhop migrate web1             to the host where it costs least\n"
      "  rackhop migrate --dry-run web1 r2h2\n"
      "  rackhop migrate --downtime 50ms --deadline 5m web1 r2h2\n" },
    { "drain", "rackhop-drain(7)",
      "  rackhop drain r1h1               shows the plan, and asks\n"
      "  rackhop drain --dry-run rack:r1\n"
      "  rackhop drain --yes --best-effort r1h1 r1h2\n" },
    { "evacuate", "rackhop-apply(1)",
      "  rackhop evacuate --within 5m r1h1    it runs on its battery\n"
      "  rackhop evacuate --dry-run --within 90s r1h1\n" },
    { "undrain", "rackhop-drain(7)", "  rackhop undrain r1h1\n" },
    { "home", "rackhop-apply(1)",
      "  rackhop home                     all that a drain has moved away\n"
      "  rackhop home r1h1\n"
      "  rackhop home --list\n" },
    { "rebalance", "rackhop-apply(1)",
      "  rackhop rebalance --max-moves 5\n"
      "  rackhop rebalance --yes --threshold 80 --max-gib 500GiB\n" },
    { "roll", "rackhop-roll(1)",
      "  rackhop roll --dry-run rack:r1\n"
      "  rackhop roll --reboot --hook 'apt-get -y upgrade && reboot' rack:r1\n"
      "  rackhop roll --resume\n" },
    { "plan", "rackhop-plan(1)",
      "  rackhop plan drain rack:r1 -o tonight.plan\n"
      "  rackhop plan migrate web1 --explain\n"
      "  rackhop plan rebalance --snapshot now.json\n" },
    { "apply", "rackhop-apply(1)",
      "  rackhop apply tonight.plan\n"
      "  rackhop apply --resume           the run that was cut off\n" },
    { "status", "rackhop-apply(1)",
      "  rackhop status\n"
      "  rackhop status --watch\n" },
    { "cancel", "rackhop-apply(1)",
      "  rackhop cancel                   after the moves that run\n"
      "  rackhop cancel --now             these end as well\n" },
    { "runs", "rackhop-apply(1)", "  rackhop runs\n" },
    { "check", "rackhop-check(1)",
      "  rackhop check                    all hosts and switches\n"
      "  rackhop check r1h1 r1h2\n" },
    { "report", "rackhop-report(1)",
      "  rackhop report                   the newest run\n"
      "  rackhop report tonight.plan --html plan.html\n" },
    { "level", "rackhop-level(1)",
      "  rackhop level show\n"
      "  rackhop level audit\n"
      "  rackhop level set x86-64-v2 r1h1 r1h2\n" },
    { "samples", "rackhop-samples(1)",
      "  rackhop samples                  this host\n"
      "  rackhop samples web1 --since 3h\n" },
    { "loops", "rackhopd(8)", "  rackhop loops\n" },
    { "replay", "rackhop-replay(1)",
      "  rackhop replay week.trace.json\n"
      "  rackhop replay --policy calm.json --explain week.trace.json\n" },
    { "hosts", "rackhop-plan(1)",
      "  rackhop hosts --sort memory\n"
      "  rackhop hosts rack:r1\n" },
    { "guests", "rackhop-plan(1)",
      "  rackhop guests r1h1\n"
      "  rackhop guests --sort targets    those first that can hardly "
      "move\n" },
    { "metrics", "rackhop-metrics(1)",
      "  rackhop metrics -o "
      "/var/lib/prometheus/node-exporter/rackhop.prom\n" },
    { "recover", "rackhop(1)",
      "  rackhop recover                  all moves that were cut off\n"
      "  rackhop recover web1\n" },
    { "score", "rackhop-plan(1)", "  rackhop score web1\n" },
    { "snapshot", "rackhop-plan(1)", "  rackhop snapshot -o now.json\n" },
    { "simulate", "rackhop-plan(1)",
      "  rackhop simulate --hosts 40 --vms 400 -o now.json\n" },
    { "dirty", "rackhop(1)", "  rackhop dirty web1\n" },
    { "facts", "rackhop(1)", "  rackhop facts\n" },
    { "topology", "rackhop-topology(1)",
      "  rackhop topology\n"
      "  rackhop topology r1h1 r2h2       all paths between two hosts\n"
      "  rackhop topology --svg > map.svg\n" },
};

void help_more(const struct cmd *c)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcmp(pages[i].command, c->name)) {
            printf("\nExamples:\n%s\n%sSee %s.\n", pages[i].examples,
                   help_exit_codes, pages[i].page);
            return;
        }
}
