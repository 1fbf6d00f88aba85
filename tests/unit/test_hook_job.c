/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hooks on this host, with real processes and a real store: at most once
 * whoever asks how often, whatever is killed, and across a reboot. Commands
 * note in a file that they ran, and wait at pipes that the test opens.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/move/hook.h"
#include "tools/move/hook_impl.h"

#define ID "r1.1.h1.hook"

static char *dir; /* of this test */
static char statedir[512];
static struct msg err;
static char heard[HOOK_TAIL + 1]; /* the last output that was told */
static unsigned lines;            /* how often something was told */

/* --- a place ------------------------------------------------------------------- */

static const char *at(const char *name)
{
    static char path[4][600];
    static unsigned i;

    i = (i + 1) % 4;
    snprintf(path[i], sizeof path[i], "%s/%s", dir, name);
    return path[i];
}

static void write_file(const char *name, const char *text)
{
    assert_int_equal(file_replace(at(name), text, strlen(text)), 0);
}

/* How many lines a command has noted. */
static unsigned noted(const char *name)
{
    size_t len = 0;
    char *text = file_read(at(name), 1 << 20, &len);
    unsigned n = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    free(text);
    return n;
}

static void boot(const char *digit)
{
    char id[37];

    memset(id, *digit, 36);
    id[36] = '\0';
    write_file("boot_id", id);
}

static int make_dir(void **state)
{
    dir = tmpdir_make("hook");
    snprintf(statedir, sizeof statedir, "%s/state", dir);
    setenv("DIR", dir, 1);
    setenv("RACKHOP_BOOT_ID", at("boot_id"), 1);
    boot("a");
    lines = 0;
    return mkfifo(at("gate"), 0600) || mkfifo(at("there"), 0600);
}

static int remove_dir(void **state)
{
    tmpdir_remove(dir);
    dir = NULL;
    return 0;
}

/* --- asking ------------------------------------------------------------------ */

static bool hear(void *arg, const struct hook_record *r, const char *output)
{
    lines++;
    snprintf(heard, sizeof heard, "%s", output);
    return true;
}

/* It listens until it was told that the command runs. */
static bool hear_once(void *arg, const struct hook_record *r,
                      const char *output)
{
    return false;
}

static struct hook_job job(const char *command)
{
    return (struct hook_job){
        .statedir = statedir, .id = ID, .command = command, .tell = hear
    };
}

static struct hook_record run(const struct hook_job *j)
{
    struct hook_record r;

    if (hook_run(j, &r, &err))
        fail_msg("%s", err.text);
    return r;
}

#define NOTE "echo x >>$DIR/ran; "
/* It says that it is there, and waits to be let go. */
#define WAIT NOTE "echo $$ >$DIR/there; cat $DIR/gate; exit 7"

/* Blocks until the command is there; its process. */
static pid_t wait_there(void)
{
    char text[32] = "";
    int fd = open(at("there"), O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);

    close(fd);
    assert_true(n > 0);
    return atoi(text);
}

static void open_gate(void)
{
    int fd = open(at("gate"), O_WRONLY);

    assert_true(fd >= 0);
    close(fd);
}

/* The process that watches the command. */
static pid_t worker_of(pid_t command)
{
    char path[64], *text;
    size_t len;
    int parent = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)command);
    text = file_read(path, 4096, &len);
    assert_non_null(text);
    assert_int_equal(sscanf(strrchr(text, ')'), ") %*c %d", &parent), 1);
    free(text);
    return parent;
}

/* Its orphans come to this process, so that their end can be waited for. */
static void kill_orphan(pid_t pid)
{
    if (kill(-pid,
             SIGKILL)) /* with what it has started, if it leads a group */
        kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* --- one after another ----------------------------------------------------------- */

static void test_ends(void **state)
{
    struct hook_job j = job(NOTE "echo out; echo err >&2; exit 0");
    struct hook_record r = run(&j);

    assert_int_equal(r.state, HOOK_ENDED);
    assert_int_equal(r.code, 0);
    assert_int_equal(r.runs, 1);
    assert_string_equal(heard, "out\nerr\n");
    /* asked again, it repeats what it kept; again does not mean always */
    j.again = true;
    r = run(&j);
    assert_int_equal(r.code, 0);
    assert_string_equal(heard, "out\nerr\n");
    assert_int_equal(noted("ran"), 1);
}

static void test_fails(void **state)
{
    struct hook_job j = job(NOTE "exit $(grep -c x $DIR/ran)");
    struct hook_record r = run(&j);

    assert_int_equal(r.code, 1);
    assert_int_equal(run(&j).code, 1);
    assert_int_equal(noted("ran"), 1);
    j.again = true;
    r = run(&j);
    assert_int_equal(r.code, 2);
    assert_int_equal(r.runs, 2);
    j.again = false;
    assert_int_equal(run(&j).code, 2);
    assert_int_equal(noted("ran"), 2);
}

static void test_signal(void **state)
{
    struct hook_job j = job("kill -9 $$");
    struct hook_record r = run(&j);

    assert_int_equal(r.state, HOOK_ENDED);
    assert_int_equal(r.code, -1);
    assert_int_equal(r.signal, 9);
    assert_false(r.timed_out);
}

static void test_other_command(void **state)
{
    struct hook_job j = job(NOTE);
    struct hook_record r;

    run(&j);
    j.command = "echo y >>$DIR/ran";
    j.again = true;
    assert_int_equal(hook_run(&j, &r, &err), -EEXIST);
    assert_int_equal(noted("ran"), 1);
    j.id = "r1.2.h1.hook";
    run(&j);
    assert_int_equal(noted("ran"), 2);
}

static void test_environment(void **state)
{
    static const char *const env[] = { "RACKHOP_HOST=h1", "RACKHOP_WAVE=3",
                                       NULL };
    struct hook_job j = job("echo $RACKHOP_HOST $RACKHOP_WAVE $PWD; cat; "
                            "echo kept >$RACKHOP_STATE_FILE");
    struct hook_job check = job("cat $RACKHOP_STATE_FILE");

    j.env = env;
    run(&j);
    assert_string_equal(heard, "h1 3 /\n");
    check.id = "r1.1.h1.check"; /* it has the same state file */
    run(&check);
    assert_string_equal(heard, "kept\n");
}

/* Without a place to write, nothing is started. */
static void test_no_store(void **state)
{
    struct hook_job j = job(NOTE);
    struct hook_record r;

    write_file("state", "this is no folder");
    assert_true(hook_run(&j, &r, &err) < 0);
    assert_int_equal(noted("ran"), 0);
}

/* A damaged record may be of a command that ran: it is not run. */
static void test_damaged(void **state)
{
    struct hook_job j = job(NOTE);
    struct hook_record r;
    struct store *s;

    assert_int_equal(store_open(&s, statedir, &err), 0);
    assert_int_equal(store_cas(s, "hook/" ID, 0, "{}", NULL), 0);
    store_close(s);
    j.again = true;
    assert_true(hook_run(&j, &r, &err) < 0);
    assert_int_equal(noted("ran"), 0);
}

/* --- output ------------------------------------------------------------------ */

static void test_output(void **state)
{
    struct hook_job j = job("i=0; while [ $i -lt 30000 ]; do echo line $i; "
                            "i=$((i+1)); done; printf 'the \\033[2J end'");
    struct stat st;
    char *all;

    run(&j);
    assert_int_equal(strlen(heard), HOOK_TAIL);
    assert_string_equal(heard + HOOK_TAIL - 12, "the ?[2J end");
    all = hook_output(statedir, ID, HOOK_OUTPUT);
    assert_int_equal(strlen(all), HOOK_OUTPUT);
    assert_non_null(strstr(all, "line 29000\nline 29001\n"));
    free(all);
    assert_int_equal(stat(at("state/hook/" ID ".old"), &st), 0);
    assert_true(st.st_size < 2 * HOOK_OUTPUT);
}

/* What a hook leaves in the background does not keep it from ending. */
static void test_background(void **state)
{
    struct hook_job j = job("cat $DIR/gate & echo done");

    assert_int_equal(run(&j).code, 0);
    assert_string_equal(heard, "done\n");
    open_gate();
}

/* --- deadlines --------------------------------------------------------------- */

static void test_deadline(void **state)
{
    struct hook_job j = job("echo on; cat $DIR/gate");
    struct hook_record r;

    j.deadline_s = 3; /* for a shell to begin */
    r = run(&j);
    assert_true(r.timed_out);
    assert_int_equal(r.state, HOOK_ENDED);
    assert_int_equal(r.signal, SIGTERM);
    assert_string_equal(heard, "on\n");
}

/* The shell and what it started are deaf to SIGTERM; they end as a group. */
static void test_deadline_deaf(void **state)
{
    struct hook_job j = job("trap '' TERM; (cat $DIR/gate); echo never");
    struct hook_record r;

    j.deadline_s = 3; /* for a shell to begin */
    j.grace_ms = 50;
    r = run(&j);
    assert_true(r.timed_out);
    assert_int_equal(r.signal, SIGKILL);
    assert_string_equal(heard, "");
}

/* --- joining ----------------------------------------------------------------- */

static bool hear_and_open(void *arg, const struct hook_record *r,
                          const char *output)
{
    if (!lines++ && r->state == HOOK_RUNNING)
        open_gate();
    return true;
}

/* Nobody listens any more; the command goes on, and is joined. */
static void test_connection_lost(void **state)
{
    struct hook_job j = job(WAIT);
    struct hook_record r;

    j.tell = hear_once;
    r = run(&j);
    assert_int_equal(r.state, HOOK_RUNNING);
    wait_there();
    j.tell = hear_and_open;
    j.again = true; /* it runs, so it is no other time that is asked for */
    r = run(&j);
    assert_int_equal(r.code, 7);
    assert_int_equal(r.runs, 1);
    assert_int_equal(noted("ran"), 1);
}

/* Processes that ask at once, each in its own; ends with the code. */
static pid_t ask_beside(const struct hook_job *j)
{
    pid_t pid = fork();

    if (!pid) {
        struct hook_record r;

        _exit(hook_run(j, &r, &err) ? 99 : r.code + 100);
    }
    return pid;
}

static void test_many_ask(void **state)
{
    enum { ASKERS = 6 };
    struct hook_job j = job(NOTE "exit 5");
    pid_t pid[ASKERS];
    int status;

    for (int i = 0; i < ASKERS; i++)
        pid[i] = ask_beside(&j);
    for (int i = 0; i < ASKERS; i++) {
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(WEXITSTATUS(status), 105);
    }
    assert_int_equal(noted("ran"), 1);
}

/* One says "again" of a failure, another asks meanwhile: they share a run. */
static void test_asked_again(void **state)
{
    struct hook_job j = job(NOTE "[ $(grep -c x $DIR/ran) = 1 ] && exit 5; "
                                 "echo $$ >$DIR/there; cat $DIR/gate; exit 6");
    pid_t pid[2];
    int status;

    run(&j);
    j.again = true;
    pid[0] = ask_beside(&j);
    wait_there();
    j.again = false;
    pid[1] = ask_beside(&j);
    open_gate();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(WEXITSTATUS(status), 106);
    }
    assert_int_equal(noted("ran"), 2);
}

/* --- what is killed ---------------------------------------------------------- */

static void start_and_leave(struct hook_job *j)
{
    j->tell = hear_once;
    assert_int_equal(run(j).state, HOOK_RUNNING);
    j->tell = hear;
}

static void test_process_lost(void **state)
{
    struct hook_job j = job(WAIT);
    struct hook_record r;
    pid_t command;

    start_and_leave(&j);
    command = wait_there();
    kill_orphan(worker_of(command));
    kill_orphan(command);
    r = run(&j);
    assert_int_equal(r.state, HOOK_LOST);
    assert_int_equal(r.lost, HOOK_LOST_PROCESS);
    assert_int_equal(run(&j).state, HOOK_LOST);
    assert_int_equal(noted("ran"), 1);
}

/* The worker alone is killed: the command goes on, and counts as running
 * until it has ended, with a result that nobody knows. */
static void test_worker_lost(void **state)
{
    struct hook_job j = job(WAIT);
    struct hook_record r;
    pid_t command;

    start_and_leave(&j);
    command = wait_there();
    kill_orphan(worker_of(command));
    start_and_leave(&j);
    assert_int_equal(noted("ran"), 1);
    open_gate();
    assert_int_equal(waitpid(command, NULL, 0), command);
    r = run(&j);
    assert_int_equal(r.lost, HOOK_LOST_PROCESS);
    j.again = true;
    j.tell = hear_once;
    assert_int_equal(run(&j).runs, 2);
    j.again = false; /* it fails, perhaps before it is asked for */
    wait_there();
    open_gate();
    j.tell = hear;
    assert_int_equal(run(&j).code, 7);
    assert_int_equal(noted("ran"), 2);
}

/* Nobody is there to end it at its deadline but who asks after that. */
static void test_worker_lost_late(void **state)
{
    struct hook_job j = job(WAIT);
    pid_t command;

    j.deadline_s = 5; /* its worker is killed sooner, also on a slow machine */
    j.grace_ms = 1;
    start_and_leave(&j);
    command = wait_there();
    kill_orphan(worker_of(command));
    assert_int_equal(run(&j).lost, HOOK_LOST_PROCESS); /* the gate is shut */
    assert_int_equal(waitpid(command, NULL, 0), command);
    assert_int_equal(noted("ran"), 1);
}

static void test_boot_lost(void **state)
{
    struct hook_job j = job(WAIT);
    struct hook_record r;
    pid_t command;

    start_and_leave(&j);
    command = wait_there();
    kill_orphan(worker_of(command));
    kill_orphan(command);
    boot("b");
    r = run(&j);
    assert_int_equal(r.state, HOOK_LOST);
    assert_int_equal(r.lost, HOOK_LOST_BOOT);
    boot("a"); /* what was settled stays so */
    r = run(&j);
    assert_int_equal(r.lost, HOOK_LOST_BOOT);
    assert_int_equal(noted("ran"), 1);
}

static void test_boot_unknown(void **state)
{
    struct hook_job j = job(NOTE);
    struct hook_record r;

    unlink(at("boot_id"));
    assert_int_equal(hook_run(&j, &r, &err), -ENOENT);
    assert_int_equal(noted("ran"), 0);
}

/* The one who asks is killed at any moment: the command has run once by the
 * end, or its record says that nobody knows. */
static void test_asker_killed(void **state)
{
    enum { ROUNDS = 25, STEP_US = 400 };
    char id[32];
    struct hook_job j = job("echo x >>$DIR/$RACKHOP_RUN");
    unsigned lost = 0;

    for (int i = 0; i < ROUNDS; i++) {
        char name[32];
        const char *env[] = { name, NULL };
        struct hook_record r;
        pid_t pid;

        snprintf(id, sizeof id, "k.%d.h.hook", i);
        snprintf(name, sizeof name, "RACKHOP_RUN=k%d", i);
        j.id = id;
        j.env = env;
        pid = ask_beside(&j);
        usleep((useconds_t)(i * STEP_US));
        kill_orphan(pid);
        r = run(&j);
        lost += r.state == HOOK_LOST;
        assert_true(r.state == HOOK_LOST || r.code == 0);
        assert_true(noted(name + 12) == 1 ||
                    (r.state == HOOK_LOST && !noted(name + 12)));
    }
    assert_true(lost < ROUNDS);
}

/* --- showing, forgetting ------------------------------------------------------- */

static int count(void *arg, const struct hook_record *r)
{
    unsigned *n = arg;

    *n += r->state == HOOK_ENDED ? 1 : 100;
    return 0;
}

static void test_show(void **state)
{
    struct hook_job j = job(WAIT);
    unsigned n = 0;

    start_and_leave(&j);
    wait_there();
    j.command = "true";
    j.id = "r1.2.h1.hook";
    run(&j);
    assert_int_equal(hook_each(statedir, NULL, count, &n, &err), 0);
    assert_int_equal(n, 101);
    n = 0;
    assert_int_equal(hook_each(statedir, "r1.2.h1.hook", count, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(hook_each(statedir, "other", count, &n, &err), -ENOENT);
    open_gate();
    j = job(WAIT);
    assert_int_equal(run(&j).code, 7);
}

static void put(struct store *s, const char *id, enum hook_state state)
{
    struct hook_record r = { .state = state,
                             .code = state == HOOK_ENDED ? 0 : -1,
                             .pid = 4711,
                             .boot = "b",
                             .sha256 = "0",
                             .runs = 1 };
    struct hook_record was;
    uint64_t rev;

    snprintf(r.id, sizeof r.id, "%s", id);
    hook_get(s, id, &was, &rev, &err);
    assert_int_equal(hook_put(s, &r, rev, NULL, &err), 0);
}

/* The oldest go, whatever the clock says; not those that run. */
static void test_prune(void **state)
{
    enum { KEPT = 4096, OUTPUTS = 256 };
    struct store *s;
    struct store_entry *list;
    char id[32];
    unsigned n;

    assert_int_equal(store_open_mem(&s), 0);
    put(s, "a-runs", HOOK_RUNNING);
    put(s, "b-old", HOOK_ENDED);
    put(s, "c-old", HOOK_ENDED);
    for (int i = 0; i < KEPT - 1; i++) {
        snprintf(id, sizeof id, "n%d", i);
        put(s, id, HOOK_ENDED);
    }
    put(s, "b-old", HOOK_ENDED); /* it is new now */
    write_file("n0.out", "x");
    write_file("n3000.out", "x");
    write_file("n4090.out", "x");
    write_file("c-old.state", "x");
    write_file("n0.state", "x");
    hook_prune(s, dir);
    assert_int_equal(store_list(s, "hook/", &list, &n), 0);
    assert_int_equal(n, KEPT + 1); /* c-old has gone */
    assert_string_equal(list[0].key, "hook/a-runs");
    assert_string_equal(list[1].key, "hook/b-old");
    assert_string_equal(list[2].key, "hook/n0");
    store_list_free(list, n);
    assert_int_equal(access(at("n0.out"), F_OK), -1);
    assert_int_equal(access(at("n3000.out"), F_OK), -1);
    assert_int_equal(access(at("n4090.out"), F_OK), 0);
    assert_int_equal(access(at("c-old.state"), F_OK), -1);
    assert_int_equal(access(at("n0.state"), F_OK), 0);
    store_close(s);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_ends),
        CASE(test_fails),
        CASE(test_signal),
        CASE(test_other_command),
        CASE(test_environment),
        CASE(test_no_store),
        CASE(test_damaged),
        CASE(test_output),
        CASE(test_background),
        CASE(test_deadline),
        CASE(test_deadline_deaf),
        CASE(test_connection_lost),
        CASE(test_many_ask),
        CASE(test_asked_again),
        CASE(test_process_lost),
        CASE(test_worker_lost),
        CASE(test_worker_lost_late),
        CASE(test_boot_lost),
        CASE(test_boot_unknown),
        CASE(test_asker_killed),
        CASE(test_show),
        CASE(test_prune),
    };

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
