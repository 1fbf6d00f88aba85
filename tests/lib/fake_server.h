/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A server at a socket of its own, for tests of what asks daemons: it listens,
 * and what it answers is the test's.
 */
#ifndef RACKHOP_TEST_FAKE_SERVER_H
#define RACKHOP_TEST_FAKE_SERVER_H

#include <sys/un.h>

struct fake_server {
    struct sockaddr_un at; /* at.sun_path is where to ask */
    int fd;                /* which listens */
};

/* Listens at /tmp/rackhop-NAME.PID; ends the test if it cannot. */
void fake_server_listen(struct fake_server *s, const char *name, int backlog);
void fake_server_end(struct fake_server *s);

#endif
