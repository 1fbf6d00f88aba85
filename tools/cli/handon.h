/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The program for hosts without Xen gives way to that for Xen hosts, which the
 * package rackhop installs beside it: the command rackhop is one file in both
 * packages' systems.
 */
#ifndef RACKHOP_CLI_HANDON_H
#define RACKHOP_CLI_HANDON_H

/* Becomes the program for Xen hosts where there is one, and does not return
 * then. In that program itself it does nothing. */
void handon(char **argv);

#endif
