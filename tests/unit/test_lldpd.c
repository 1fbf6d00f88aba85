/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks an lldpd that hangs: nobody accepts, the queue of clients is full, or a
 * byte comes now and then. Each costs seconds, and none is taken for an answer.
 * The clock runs fast, so that these seconds are short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/msg.h"
#include "topology/source.h"

enum { FASTER = 20, CLIENTS = 8 };

/* In the place of tools/base/clock.c. */
uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec) * FASTER;
}

uint64_t clock_us(void)
{
    return clock_ns() / 1000;
}

int64_t clock_ms(void)
{
    return (int64_t)(clock_ns() / 1000000);
}

struct fake_lldpd {
    struct sockaddr_un at;
    int fd, client[CLIENTS];
    atomic_bool over;
};

static void fake_listen(struct fake_lldpd *f, int backlog)
{
    *f = (struct fake_lldpd){ .at = { .sun_family = AF_UNIX } };
    snprintf(f->at.sun_path, sizeof f->at.sun_path, "/tmp/rackhop-lldpd.%d",
             (int)getpid());
    unlink(f->at.sun_path);
    f->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&f->at, sizeof f->at), 0);
    assert_int_equal(listen(f->fd, backlog), 0);
}

static void fake_end(struct fake_lldpd *f)
{
    for (int i = 0; i < CLIENTS; i++)
        if (f->client[i] > 0)
            close(f->client[i]);
    close(f->fd);
    unlink(f->at.sun_path);
}

/* It is late, which is said, and nothing of it is believed. */
static void read_is_late(const struct fake_lldpd *f)
{
    struct topo_view v;
    struct msg err = MSG_NONE;
    int64_t began = clock_ms();

    topo_view_init(&v);
    assert_int_not_equal(topo_lldpd_read(&v, f->at.sun_path, &err), 0);
    assert_non_null(strstr(err.text, "no answer in time"));
    assert_false(v.has_table);
    assert_in_range(clock_ms() - began, 4000, 60000);
    topo_view_dispose(&v);
}

static void test_accepts_nothing(void **state)
{
    struct fake_lldpd f;

    fake_listen(&f, 5);
    read_is_late(&f);
    fake_end(&f);
}

static void test_queue_full(void **state)
{
    struct fake_lldpd f;

    fake_listen(&f, 0);
    for (int i = 0; i < CLIENTS; i++) {
        f.client[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(f.client[i], (struct sockaddr *)&f.at, sizeof f.at))
            break;
    }
    read_is_late(&f);
    fake_end(&f);
}

/* The header of an answer that never comes whole. */
static void *fake_drip(void *arg)
{
    struct fake_lldpd *f = arg;
    struct timespec pause = { .tv_nsec = 20000000 };
    int fd = accept(f->fd, NULL, NULL);

    for (int i = 0; !f->over && i < 200; i++) {
        send(fd, i == 4 ? "\1" : "\0", 1, MSG_NOSIGNAL);
        nanosleep(&pause, NULL);
    }
    close(fd);
    return NULL;
}

static void test_drips(void **state)
{
    struct fake_lldpd f;
    pthread_t t;

    fake_listen(&f, 5);
    assert_int_equal(pthread_create(&t, NULL, fake_drip, &f), 0);
    read_is_late(&f);
    f.over = true;
    pthread_join(t, NULL);
    fake_end(&f);
}

static void test_none(void **state)
{
    struct topo_view v;
    struct msg err = MSG_NONE;

    topo_view_init(&v);
    assert_int_not_equal(topo_lldpd_read(&v, "/nonexistent/s", &err), 0);
    assert_non_null(strstr(err.text, "is it running"));
    topo_view_dispose(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_nothing),
        cmocka_unit_test(test_queue_full),
        cmocka_unit_test(test_drips),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
