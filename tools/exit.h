/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The exit codes of all commands, as rackhop-formats(5) promises them. Hosts
 * also read each other's, so they are a protocol.
 */
#ifndef RACKHOP_EXIT_H
#define RACKHOP_EXIT_H

enum exit_code {
    RC_OK = 0,        /* done, or nothing to do */
    RC_FAILED = 1,    /* nothing changed */
    RC_USAGE = 2,     /* usage, or input that can't be read */
    RC_NOPLAN = 3,    /* no plan can do it; the reason was printed */
    RC_PARTLY = 4,    /* partly done; the rest was named */
    RC_DOUBT = 5,     /* the domain was named, and `rackhop recover` */
    RC_UNSTARTED = 6, /* held, and not told to start: nothing was begun */

    RC_NOT_RUN = 126,   /* the shell's: the program could not be started */
    RC_NOT_FOUND = 127, /* the shell's: there is no such program */
};

#endif
