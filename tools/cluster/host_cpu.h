/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells whose processors this host has, and how much of them was in use. */
#ifndef RACKHOP_CLUSTER_HOST_CPU_H
#define RACKHOP_CLUSTER_HOST_CPU_H

#include "libxl-ext/facts.h"

/* This host's CPU vendor, from /proc/cpuinfo: "AuthenticAMD"; "": unknown. */
void host_cpu_vendor(char *buf, size_t len);

/* The threads that one domain, or CPU_ALL, had in use between two samples;
 * < 0: the samples do not tell. */
#define CPU_ALL UINT32_MAX
double cpu_between(const struct xlx_cpu_sample *before,
                   const struct xlx_cpu_sample *after, uint32_t domid);

#endif
