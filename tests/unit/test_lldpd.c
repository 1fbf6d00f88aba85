/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks an lldpd that hangs: nobody accepts, the queue of clients is full, or a
 * byte comes now and then. Each costs seconds, and none is taken for an answer.
 * The clock runs fast, so that these seconds are short. And one that breaks off
 * anywhere: half a table is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAST_CLOCK 10
#include "tests/lib/fast_clock.h"

#include "tests/lib/fake_lldpd.h"
#include "tests/lib/fake_server.h"
#include "tools/base/msg.h"
#include "topology/source.h"

enum { CLIENTS = 8, CHANGED_EACH = 97 };

/* It is late, which is said, and nothing of it is believed. */
static void read_is_late(const struct fake_server *f)
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
    struct fake_server f;

    fake_server_listen(&f, "lldpd", 5);
    read_is_late(&f);
    fake_server_end(&f);
}

static void test_queue_full(void **state)
{
    int client[CLIENTS], n = 0;
    struct fake_server f;

    fake_server_listen(&f, "lldpd", 0);
    while (n < CLIENTS) {
        client[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(client[n++], (struct sockaddr *)&f.at, sizeof f.at))
            break;
    }
    read_is_late(&f);
    while (n)
        close(client[--n]);
    fake_server_end(&f);
}

struct dripping {
    struct fake_server server;
    atomic_bool over;
};

/* The header of an answer that does not come whole in the time for it. */
static void *fake_drip(void *arg)
{
    struct dripping *d = arg;
    struct timespec pause = { .tv_nsec = 100000000 };
    int fd = accept(d->server.fd, NULL, NULL);

    for (int i = 0; !d->over && i < 200; i++) {
        send(fd, i == 4 ? "\1" : "\0", 1, MSG_NOSIGNAL);
        nanosleep(&pause, NULL);
    }
    close(fd);
    return NULL;
}

static void test_drips(void **state)
{
    struct dripping d = { .over = false };
    pthread_t t;

    fake_server_listen(&d.server, "lldpd", 5);
    assert_int_equal(pthread_create(&t, NULL, fake_drip, &d), 0);
    read_is_late(&d.server);
    d.over = true;
    pthread_join(t, NULL);
    fake_server_end(&d.server);
}

/* --- what a real one answered, and where it may break off ------------------- */

struct recording {
    uint8_t answers[16384];
    size_t len;
};

/* lldpd 1.0.16 with two ports that hear the switch tor1. */
static void recording_load(struct recording *r)
{
    FILE *f = fopen("tests/data/lldp/two-ports.lldpctl", "r");

    assert_non_null(f);
    r->len = fread(r->answers, 1, sizeof r->answers, f);
    fclose(f);
    assert_in_range(r->len, 1000, sizeof r->answers - 1);
}

/* What is read of the first len octets. */
static int recording_play(struct fake_lldpd *f, const struct recording *r,
                          size_t len, struct topo_view *v, struct msg *err)
{
    f->answers = r->answers;
    f->len = len;
    topo_view_init(v);
    return topo_lldpd_read(v, f->server.at.sun_path, err);
}

static void whole_is_read(struct fake_lldpd *f, const struct recording *r)
{
    struct msg err = MSG_NONE;
    struct topo_view v;

    if (recording_play(f, r, r->len, &v, &err)) {
        print_message("skip: this liblldpctl does not understand what 1.0.16 "
                      "answered: %s\n",
                      err.text);
        fake_lldpd_stop(f);
        skip();
    }
    assert_true(v.has_table);
    assert_string_equal(v.sysname, "r1h1");
    assert_int_equal(v.neighbors, 2);
    assert_string_equal(v.neighbor[0].port, "eth0");
    assert_string_equal(v.neighbor[0].sysname, "tor1");
    assert_string_equal(v.neighbor[0].port_id.value, "swp0");
    assert_string_equal(v.neighbor[0].mgmt[0], "10.9.9.2");
    assert_string_equal(v.neighbor[1].port, "eth1");
    assert_int_equal(v.neighbor[1].bridge, 0);
    topo_view_dispose(&v);
}

/* A port that is missing would look like a pulled cable. */
static void part_is_refused(struct fake_lldpd *f, const struct recording *r,
                            size_t len)
{
    struct msg err = MSG_NONE;
    struct topo_view v;

    assert_int_not_equal(recording_play(f, r, len, &v, &err), 0);
    assert_non_null(strstr(err.text, "lldpd does not answer"));
    assert_false(v.has_table);
    assert_int_equal(v.neighbors, 0);
    topo_view_dispose(&v);
}

static void test_breaks_off(void **state)
{
    struct recording r;
    struct fake_lldpd f;
    uint64_t huge = UINT64_C(1) << 40;

    recording_load(&r);
    fake_lldpd_start(&f);
    whole_is_read(&f, &r);
    for (size_t at = 0, n; at < r.len; at += n) {
        n = fake_lldpd_answer(r.answers + at, r.len - at);
        part_is_refused(&f, &r, at);
        part_is_refused(&f, &r, at + 9);
        part_is_refused(&f, &r, at + n / 2);
        part_is_refused(&f, &r, at + n - 1);
    }
    memcpy(r.answers + 8, &huge, sizeof huge); /* the first one's length */
    part_is_refused(&f, &r, r.len);
    fake_lldpd_stop(&f);
}

/* --- answers that nothing of lldpd's would send ------------------------------ */

/* The reader is this program, so that a test can make it crash: while this file
 * of its parent's is there. */
static void crash_mark(char *path, size_t size, pid_t of)
{
    snprintf(path, size, "/tmp/rackhop-lldpd-crash.%d", (int)of);
}

static void reader_main(char **argv)
{
    char mark[64];

    crash_mark(mark, sizeof mark, getppid());
    if (!access(mark, F_OK))
        raise(SIGKILL);
    topo_lldpd_reader(argv);
}

/* It costs a sentence, and no more. */
static void test_reader_crashes(void **state)
{
    struct recording r;
    struct fake_lldpd f;
    struct topo_view v;
    struct msg err = MSG_NONE;
    char mark[64];
    int fd;

    recording_load(&r);
    fake_lldpd_start(&f);
    crash_mark(mark, sizeof mark, getpid());
    fd = creat(mark, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(recording_play(&f, &r, r.len, &v, &err), -EIO);
    unlink(mark);
    assert_non_null(strstr(err.text, "was ended by Killed; restart lldpd"));
    assert_false(v.has_table);
    topo_view_dispose(&v);
    fake_lldpd_stop(&f);
}

/* Octets of a real answer that were changed: the library may crash of them, as
 * 1.0.16 does of some. Whatever it does, this process goes on, and what it then
 * reads is right. */
static void test_changed_octets(void **state)
{
    struct recording r;
    struct fake_lldpd f;
    struct topo_view v;
    unsigned crashed = 0;

    recording_load(&r);
    fake_lldpd_start(&f);
    for (size_t at = 16; at < r.len; at += CHANGED_EACH) {
        struct msg err = MSG_NONE;
        uint8_t was = r.answers[at];

        r.answers[at] ^= 0xff;
        if (recording_play(&f, &r, r.len, &v, &err)) {
            assert_false(v.has_table);
            assert_int_not_equal(*err.text, '\0');
            crashed += strstr(err.text, "was ended by") != NULL;
        }
        topo_view_dispose(&v);
        r.answers[at] = was;
    }
    print_message("%u of %zu changes crashed the reader\n", crashed,
                  (r.len - 16) / CHANGED_EACH + 1);
    whole_is_read(&f, &r);
    fake_lldpd_stop(&f);
}

/* --- watching ---------------------------------------------------------------- */

static int watch_never(void *arg)
{
    fail_msg("there was no change");
    return 1;
}

static void test_watch(void **state)
{
    struct fake_server none;
    struct msg err = MSG_NONE;
    struct fake_lldpd f;

    fake_server_listen(&none, "lldpd", 5);
    assert_int_equal(
        topo_lldpd_watch(none.at.sun_path, watch_never, NULL, &err), -EIO);
    assert_non_null(strstr(err.text, "no answer in time"));
    fake_server_end(&none);
    /* it hangs up instead of an answer */
    fake_lldpd_start(&f);
    assert_int_equal(
        topo_lldpd_watch(f.server.at.sun_path, watch_never, NULL, &err), -EIO);
    assert_non_null(strstr(err.text, "is it running"));
    fake_lldpd_stop(&f);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_nothing),
        cmocka_unit_test(test_queue_full),
        cmocka_unit_test(test_drips),
        cmocka_unit_test(test_breaks_off),
        cmocka_unit_test(test_reader_crashes),
        cmocka_unit_test(test_changed_octets),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_none),
    };

    if (topo_lldpd_is_reader(argc, argv))
        reader_main(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
