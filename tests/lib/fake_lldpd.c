/* SPDX-License-Identifier: LGPL-2.1-only */
/* An lldpd that plays what a real one answered, or anything else. */
#include "tests/lib/fake_lldpd.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As lldpd's ctl.h has it. */
struct lldpd_header {
    int type;
    size_t len;
};

/* Reads a request, which tells nothing of interest. False: there is none. */
static bool request_take(int fd)
{
    struct lldpd_header h;
    char buf[4096];

    if (recv(fd, &h, sizeof h, MSG_WAITALL) != sizeof h)
        return false;
    while (h.len) {
        ssize_t n = recv(fd, buf, h.len < sizeof buf ? h.len : sizeof buf, 0);

        if (n <= 0)
            return false;
        h.len -= (size_t)n;
    }
    return true;
}

size_t fake_lldpd_answer(const uint8_t *answers, size_t len)
{
    struct lldpd_header h;

    if (len < sizeof h)
        return len;
    memcpy(&h, answers, sizeof h);
    return h.len < len - sizeof h ? sizeof h + h.len : len;
}

static void client_serve(const struct fake_lldpd *f, int fd)
{
    size_t at = 0, n;

    for (; at < f->len && request_take(fd); at += n) {
        n = fake_lldpd_answer(f->answers + at, f->len - at);
        if (send(fd, f->answers + at, n, MSG_NOSIGNAL) < 0)
            break;
    }
    close(fd);
}

static void *fake_lldpd_run(void *arg)
{
    const struct fake_lldpd *f = arg;
    int fd;

    while ((fd = accept(f->server.fd, NULL, NULL)) >= 0)
        client_serve(f, fd);
    return NULL;
}

void fake_lldpd_start(struct fake_lldpd *f)
{
    *f = (struct fake_lldpd){ .len = 0 };
    fake_server_listen(&f->server, "fake-lldpd", 5);
    if (pthread_create(&f->thread, NULL, fake_lldpd_run, f))
        abort();
}

void fake_lldpd_stop(struct fake_lldpd *f)
{
    shutdown(f->server.fd, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    fake_server_end(&f->server);
}
