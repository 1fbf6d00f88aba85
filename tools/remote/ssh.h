/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Programs on other hosts: a child process with three pipes. What runs is a
 * shell command, as xl has it, so that any ssh_command works.
 */
#ifndef RACKHOP_REMOTE_SSH_H
#define RACKHOP_REMOTE_SSH_H

#include "tools/remote/child.h"

/* `s` in single quotes, safe for any shell. To be freed; NULL: no memory. */
char *ssh_quote(const char *s);
/*
 * The shell command that runs `script` by sh on `host`. To be freed. NULL when
 * there is no memory or the host's name could be taken for an option.
 */
char *ssh_command(const char *ssh_command, const char *host,
                  const char *script);

/*
 * The ssh_command for short commands, which take less time than a login. Plain
 * "ssh" gets the options by which its connections to a host share one, that
 * stays for a minute; its socket is in RUNDIR/ssh. And it asks for no password,
 * for nobody would see the question. Any other command is what
 * its administrator wrote, and stays so. To be freed; NULL: no memory.
 *
 * Not for a guest's memory: that would wait for others, and others for it.
 */
char *ssh_shared(const char *ssh_command, const char *rundir);
/* ssh_command() by way of that. */
char *ssh_short_command(const char *ssh_command, const char *rundir,
                        const char *host, const char *script);

/* Starts such a command, with three pipes. A ^C does not reach it: it is the
 * move that is cancelled. 0 or a negative errno. */
int ssh_start(struct child *p, const char *command);

#endif
