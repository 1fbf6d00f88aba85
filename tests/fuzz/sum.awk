# SPDX-License-Identifier: LGPL-2.1-only
# sum.awk -v run=RUN: what run.sh's run did, a line a target, and the sum of all
# runs that build/fuzz/executions knows. Exit 1 when a target of the run failed.
# A line is: TARGET EXECUTIONS NEW SECONDS STATE RUN
BEGIN {
    printf "%-20s %14s %8s %8s\n", "TARGET", "EXECUTIONS", "NEW", "SECONDS"
}
{ all += $2 }
$6 == run {
    printf "%-20s %14.0f %8d %8d%s\n", $1, $2, $3, $4, $5 == "ok" ? "" : "  " $5
    n += $2
    new += $3
    s += $4
    bad += $5 == "FAILED"
}
END {
    printf "%-20s %14.0f %8d %8d\n", "in all", n, new, s
    printf "%-20s %14.0f\n", "and in runs before", all - n
    exit bad > 0
}
