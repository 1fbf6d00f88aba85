/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Exit codes, of every command and of what a command starts on another host:
 * they are a protocol between hosts, promised by rackhop-formats(5).
 */
#ifndef RACKHOP_EXIT_H
#define RACKHOP_EXIT_H

enum exit_code {
    RC_OK = 0,     /* done, or nothing to do */
    RC_FAILED = 1, /* nothing changed */
    RC_USAGE = 2,  /* usage, or input that can't be read */
    RC_NOPLAN = 3, /* no plan can do it; the reason was printed */
    RC_PARTLY = 4, /* partly done; the rest was named */
    RC_DOUBT = 5,  /* the domain was named, and `rackhop recover` */

    RC_NOT_RUN = 126,   /* the shell's: the program could not be started */
    RC_NOT_FOUND = 127, /* the shell's: there is no such program */
};

#endif
