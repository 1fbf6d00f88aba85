/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the line that starts a move which is held. */
#include "tools/move/startline.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double least_mbps = 0.001, most_mbps = 1e6;

size_t startline_format(double rate_mbps, char *buf)
{
    if (rate_mbps <= 0)
        return (size_t)snprintf(buf, STARTLINE_MAX, "start\n");
    return (size_t)snprintf(buf, STARTLINE_MAX, "start %.3f\n",
                            fmin(fmax(rate_mbps, least_mbps), most_mbps));
}

int startline_parse(const char *line, double *rate_mbps_r)
{
    static const char word[] = "start";
    size_t len = sizeof word - 1;
    char *end;

    *rate_mbps_r = 0;
    if (strncmp(line, word, len))
        return -EINVAL;
    line += len;
    if (!*line)
        return 0;
    /* digits and a point alone: strtod() knows more than a rate can be */
    if (*line++ != ' ' || !*line || line[strspn(line, "0123456789.")])
        return -EINVAL;
    *rate_mbps_r = strtod(line, &end);
    if (!*end && *rate_mbps_r >= least_mbps && *rate_mbps_r <= most_mbps)
        return 0;
    *rate_mbps_r = 0;
    return -EINVAL;
}
