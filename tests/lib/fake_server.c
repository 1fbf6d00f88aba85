/* SPDX-License-Identifier: LGPL-2.1-only */
/* A server at a socket of its own, for tests of what asks daemons. */
#include "tests/lib/fake_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void fake_server_listen(struct fake_server *s, const char *name, int backlog)
{
    *s = (struct fake_server){ .at = { .sun_family = AF_UNIX } };
    snprintf(s->at.sun_path, sizeof s->at.sun_path, "/tmp/rackhop-%s.%d", name,
             (int)getpid());
    unlink(s->at.sun_path);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&s->at, sizeof s->at) ||
        listen(s->fd, backlog)) {
        perror(s->at.sun_path);
        abort();
    }
}

void fake_server_end(struct fake_server *s)
{
    close(s->fd);
    unlink(s->at.sun_path);
}
