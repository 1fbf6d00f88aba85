/* SPDX-License-Identifier: LGPL-2.1-only */
/* The tables of what is sampled, and figures as codes of a byte. */
#include "tools/series/metric.h"

#include <math.h>
#include <string.h>

enum { STEPS = 12 /* an octave */, FIRST = 2, LAST = 255 };

#define MILLI (1.0 / 1024)
#define RARE  (1.0 / 4096)
static const struct metric guest_table[GUEST_METRICS] = {
    [GUEST_CPU] = { "cpu", MILLI, METRIC_MAX | METRIC_P95, 4,
                    "processors in use" },
    [GUEST_STEAL] = { "steal", MILLI, METRIC_MAX | METRIC_P95, 3,
                      "the share of time in which its vCPUs wait" },
    [GUEST_MEMORY] = { "memory_mib", 1, 0, 2, "memory that it has" },
    [GUEST_TARGET] = { "target_mib", 1, 0, 2, "memory that it should have" },
    [GUEST_MAXMEM] = { "max_mib", 1, 0, 2, "memory that it may have" },
    [GUEST_RX] = { "rx_bytes_s", 256, METRIC_MAX, 1, "received" },
    [GUEST_TX] = { "tx_bytes_s", 256, METRIC_MAX, 1, "sent" },
    [GUEST_PACKETS] = { "packets_s", 1, 0, 0, "packets, both ways" },
    [GUEST_READ] = { "read_bytes_s", 512, 0, 1, "read from disks" },
    [GUEST_WRITE] = { "write_bytes_s", 512, 0, 1, "written to disks" },
    [GUEST_READS] = { "reads_s", MILLI, 0, 0, "requests to read" },
    [GUEST_WRITES] = { "writes_s", MILLI, 0, 0, "requests to write" },
    [GUEST_SWAP] = { "swap_bytes_s", 512, METRIC_MAX, 3,
                     "read from its swap disks" },
    [GUEST_DIRTY] = { "dirty_mib_s", MILLI, 0, 1,
                      "the dirty rate that a move has taught" },
    [GUEST_HINT_FAULTS] = { "hint_faults_s", MILLI, METRIC_MAX, 2,
                            "major page faults, as it says" },
    [GUEST_HINT_STALL] = { "hint_stall", MILLI, 0, 2,
                           "the share of time stalled on memory, as it says" },
    [GUEST_HINT_SWAP] = { "hint_swap_mib", 1, 0, 1,
                          "swap in use, as it says" },
};

static const struct metric host_table[HOST_METRICS] = {
    [HOST_CPU] = { "cpu", MILLI, METRIC_MAX | METRIC_P95, 4,
                   "physical CPUs that are busy" },
    [HOST_DOM0] = { "dom0_cpu", MILLI, METRIC_MAX, 2, "CPUs that dom0 uses" },
    [HOST_STEAL] = { "steal", MILLI, METRIC_MAX | METRIC_P95, 3,
                     "the share of time in which guests' vCPUs wait" },
    [HOST_FREE] = { "free_mib", 1, 0, 2, "free memory" },
    [HOST_GUESTS] = { "guests", 1, METRIC_LINEAR, 2, "guests that run" },
    [HOST_RX] = { "rx_bytes_s", 256, METRIC_MAX, 1, "received by its ports" },
    [HOST_TX] = { "tx_bytes_s", 256, METRIC_MAX, 1, "sent by its ports" },
    [HOST_LINK_ERRORS] = { "link_errors_s", RARE, METRIC_MAX, 4,
                           "errors of its ports" },
    [HOST_LINK_CHANGES] = { "link_changes_s", RARE, METRIC_MAX, 4,
                            "links that went up or down" },
    [HOST_HEAT] = { "heat_c", 0.5, METRIC_LINEAR | METRIC_MAX, 3,
                    "the hottest sensor" },
    [HOST_ECC_CORRECTED] = { "ecc_corrected_s", RARE, METRIC_MAX, 4,
                             "errors that memory corrected" },
    [HOST_ECC_FATAL] = { "ecc_fatal_s", RARE, METRIC_MAX, 4,
                         "errors that memory could not correct" },
    [HOST_MCE] = { "mce_s", RARE, METRIC_MAX, 4, "machine check exceptions" },
    [HOST_DISK_BAD] = { "disk_bad", 1, 0, 3,
                        "bad sectors and media errors of its disks" },
    [HOST_DISK_FAILING] = { "disk_failing", 1, METRIC_LINEAR, 4,
                            "disks that say they fail" },
    [HOST_POWER] = { "power_w", 0.125, METRIC_MAX, 2,
                     "power as it is measured" },
    [HOST_POWER_MODEL] = { "power_model_w", 0.125, 0, 1,
                           "power by idle_w, peak_w and the CPUs in use" },
};
#undef MILLI
#undef RARE

const struct metric *metric_table(enum metric_kind kind, unsigned *n_r)
{
    *n_r = kind == METRIC_GUEST ? (unsigned)GUEST_METRICS
                                : (unsigned)HOST_METRICS;
    return kind == METRIC_GUEST ? guest_table : host_table;
}

int metric_find(enum metric_kind kind, const char *name)
{
    unsigned n;
    const struct metric *m = metric_table(kind, &n);

    for (unsigned i = 0; i < n; i++)
        if (!strcmp(m[i].name, name))
            return (int)i;
    return -1;
}

uint8_t metric_code(const struct metric *m, double value)
{
    double step;

    if (!(value >= 0)) /* NaN too */
        return 0;
    if (m->flags & METRIC_LINEAR)
        step = 1 + value / m->least;
    else if (value < m->least / 2)
        return 1;
    else
        step = FIRST + STEPS * log2(value / m->least);
    step = round(step);
    if (step > LAST)
        return LAST;
    if (!(m->flags & METRIC_LINEAR) && step < FIRST)
        return FIRST;
    return (uint8_t)step;
}

double metric_value(const struct metric *m, uint8_t code)
{
    if (!code)
        return -1;
    if (m->flags & METRIC_LINEAR)
        return (code - 1) * m->least;
    return code == 1 ? 0 : m->least * exp2((double)(code - FIRST) / STEPS);
}
