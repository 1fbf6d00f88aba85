/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen that stops answering: each command that asks it comes to its end, with a
 * sentence and the exit code that tells what has become of the guest. The
 * linker puts an xlx_open() that never returns in the place of the real one,
 * or one of a host without guests, whose list of them comes some times and then
 * no more; and an alarm() that does not wait for minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/tmpdir.h"
#include "tools/cli/cmd.h"
#include "tools/cli/cmdtable.h"
#include "tools/deadline.h"
#include "tools/log.h"
#include "tools/move/dirty_measure.h"
#include "tools/move/engine.h"
#include "tools/move/receive.h"
#include "tools/move/records.h"
#include "tools/move/recover_run.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"
#define ID   "asked-before"

enum { SOON_US = 20000, RETURNED = 99 };

struct xlx;
int __wrap_xlx_open(struct xlx **x_r, struct xentoollog_logger *lg,
                    struct msg *err);
void __wrap_xlx_close(struct xlx *x);
int __wrap_xlx_domain_list(struct xlx *x, struct xlx_domain **list_r,
                           unsigned *n_r);
unsigned __wrap_alarm(unsigned seconds);

static bool opens;     /* Xen answers at first: */
static unsigned lists; /* so often it lists its guests */

int __wrap_xlx_open(struct xlx **x_r, struct xentoollog_logger *lg,
                    struct msg *err)
{
    while (!opens)
        pause();
    *x_r = NULL;
    return 0;
}

void __wrap_xlx_close(struct xlx *x)
{
}

int __wrap_xlx_domain_list(struct xlx *x, struct xlx_domain **list_r,
                           unsigned *n_r)
{
    while (!lists)
        pause();
    lists--;
    *list_r = NULL;
    *n_r = 0;
    return 0;
}

unsigned __wrap_alarm(unsigned seconds)
{
    struct itimerval soon = { .it_value.tv_usec = seconds ? SOON_US : 0 };

    setitimer(ITIMER_REAL, &soon, NULL);
    return 0;
}

static char *dir;
static struct xentoollog_logger *lg;
static volatile sig_atomic_t cancels;

static void command_run(const char *name, const char *operand)
{
    char word[32], arg[32], *argv[] = { word, arg, NULL };
    const struct cmd *c = cmd_find(name);
    struct app app = { .verbose = 0 };

    snprintf(word, sizeof word, "%s", name);
    snprintf(arg, sizeof arg, "%s", operand ? operand : "");
    if (!operand)
        argv[1] = NULL;
    config_init(&app.conf);
    c->run(&app, c, operand ? 2 : 1, argv);
}

static void run_facts(void)
{
    command_run("facts", NULL);
}

static void run_autostart_take(void)
{
    command_run("autostart", "take");
}

static void run_dirty(void)
{
    static const uint64_t times[] = { 1000, 2000 };
    struct dirty_request rq = {
        .domain = "web1", .times_us = times, .n = 2, .log = lg
    };
    struct dirty_result r;
    struct msg err = MSG_NONE;

    dirty_measure(&rq, &r, &err);
}

static void move(const char *id, unsigned hold_s)
{
    static const struct move_events events = { .arg = NULL };
    struct move_result r;
    struct move_request rq = { .domain = "web1",
                               .host = "h2",
                               .id = id,
                               .hold_s = hold_s,
                               .ssh_command = "ssh",
                               .log = lg,
                               .helper = "/nonexistent",
                               .cancels = &cancels };

    move_run(&rq, &events, &r);
}

static void run_migrate(void)
{
    move(NULL, 0);
}

static void run_migrate_held(void)
{
    move(NULL, 60);
}

static void run_migrate_again(void)
{
    move(ID, 0);
}

static void run_receive(void)
{
    struct receive_request rq = { .in = -1,
                                  .out = -1,
                                  .greet = true,
                                  .log = lg,
                                  .helper = "/nonexistent",
                                  .cancels = &cancels };
    struct receive_result r;

    receive_run(&rq, &r);
}

static void run_recover(void)
{
    struct recover_request rq = { .log = lg, .ssh = "false" };
    struct recover_started started = { .n = 0 };

    recover_run(&rq, &started);
}

static void run_settle(void)
{
    struct recover_request rq = { .log = lg };
    struct recover_started started = { .n = 0 };
    char line[WORD_LINE];

    recover_asked(&rq, UUID, 1, line, &started);
}

static const struct {
    const char *name;
    void (*run)(void);
    enum exit_code code;
} hangs[] = {
    { "facts", run_facts, RC_FAILED },
    { "autostart take", run_autostart_take, RC_FAILED },
    { "dirty", run_dirty, RC_FAILED },
    { "migrate", run_migrate, RC_FAILED },
    { "migrate --hold", run_migrate_held, RC_UNSTARTED },
    { "migrate --id, again", run_migrate_again, RC_DOUBT },
    { "receive", run_receive, RC_FAILED },
    { "recover", run_recover, RC_DOUBT },
    { "recover --settle", run_settle, RC_DOUBT },
};

/* A move that was cut off, so that it has to be looked at again. */
static void keep_open_record(void)
{
    struct records m = { .mine = { .epoch = 1, .role = HO_SOURCE } };
    struct ho h = { .role = HO_SOURCE, .state = HO_NONE, .next = HO_PREPARED };
    struct msg err;

    assert_int_equal(store_open(&m.store, dir, &err), 0);
    strcpy(m.mine.uuid, UUID);
    strcpy(m.mine.id, ID);
    strcpy(m.mine.name, "web1");
    strcpy(m.mine.host, "h2");
    assert_int_equal(records_store(&m, &h, UUID, NULL, 0), HO_STORED);
    store_close(m.store);
}

/* What it exits with, and what it says. */
static int run_to_its_end(void (*run)(void), char *said, size_t size)
{
    int err[2], status;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(err), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        dup2(err[1], STDERR_FILENO);
        if (!freopen("/dev/null", "r", stdin))
            abort();
        run();
        _exit(RETURNED);
    }
    close(err[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    n = read(err[0], said, size - 1);
    said[n > 0 ? n : 0] = '\0';
    close(err[0]);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_hangs(void **state)
{
    keep_open_record();
    for (size_t i = 0; i < sizeof hangs / sizeof *hangs; i++) {
        char said[1024];
        int code = run_to_its_end(hangs[i].run, said, sizeof said);

        if (code != (int)hangs[i].code ||
            !strstr(said, "xenstored or Xen stopped answering while "))
            fail_msg("%s: exit %d, \"%s\"", hangs[i].name, code, said);
    }
}

/* recover reads the list at several places, and may hang at each. */
static void test_hangs_later(void **state)
{
    enum { LISTS = 4 }; /* away, asked for, away, back */
    char later[300], said[1024];

    snprintf(later, sizeof later, "%s/later", dir);
    setenv("RACKHOP_STATE_DIR", later, 1);
    opens = true;
    for (unsigned i = 0; i < LISTS; i++) {
        lists = i;
        if (run_to_its_end(run_recover, said, sizeof said) != RC_DOUBT ||
            !strstr(said, "xenstored or Xen stopped answering while "))
            fail_msg("list %u: \"%s\"", i, said);
    }
    lists = LISTS;
    assert_int_equal(run_to_its_end(run_recover, said, sizeof said), RETURNED);
    opens = false;
    setenv("RACKHOP_STATE_DIR", dir, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hangs),
        cmocka_unit_test(test_hangs_later),
    };
    int bad;

    dir = tmpdir_make("test_deadline");
    setenv("RACKHOP_STATE_DIR", dir, 1);
    setenv("RACKHOP_RUN_DIR", dir, 1);
    setenv("RACKHOP_XEN_DIR", dir, 1);
    lg = log_new(-1);
    bad = cmocka_run_group_tests(tests, NULL, NULL);
    log_free(lg);
    tmpdir_remove(dir);
    return bad;
}
