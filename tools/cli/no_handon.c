/* SPDX-License-Identifier: LGPL-2.1-only */
/* The program for Xen hosts gives way to no other. */
#include "tools/cli/handon.h"

void handon(char **argv)
{
}
