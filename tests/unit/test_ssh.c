/* SPDX-License-Identifier: LGPL-2.1-only */
/* Quoting through two shells, hosts that look like options, child processes. */
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* All that it prints on stdout; its wait status in *status. */
static char *run(const char *rune, int *status)
{
    static char out[8192];
    struct child p;
    size_t len = 0;
    ssize_t n;

    assert_int_equal(ssh_start(&p, rune), 0);
    while ((n = read(p.from, out + len, sizeof out - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    child_end(&p, 60000);
    assert_int_equal(p.pid, -1);
    *status = p.status;
    return out;
}

static const char *const nasty[] = {
    "",
    "a",
    "a b",
    "'",
    "''",
    "'\\''",
    "\"$(touch /tmp/pwned)\"",
    "`id`",
    "$HOME ${PATH} $$",
    "a;b|c&d>e<f(g)",
    "\\",
    "\\\\'",
    "*?[a-z]~!#",
    "line\nfeed\ttab\r",
    "\001\002\033[1m\177",
    "\303\244\377\376",
    "-n",
    "--",
    "% %s %n",
};

static void test_quote(void **state)
{
    for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
        char *q = ssh_quote(nasty[i]), rune[512];
        int status;

        snprintf(rune, sizeof rune, "printf '%%s|' %s", q);
        char *out = run(rune, &status);
        assert_int_equal(status, 0);
        assert_int_equal(strlen(out), strlen(nasty[i]) + 1);
        assert_memory_equal(out, nasty[i], strlen(nasty[i]));
        free(q);
    }
}

/* An ssh that hands its last argument to a shell, as sshd does. */
static void test_rune(void **state)
{
    static const char ssh[] =
        "sh -c 'printf \"%s|\" \"$1\"; exec sh -c \"$2\"' "
        "fake";

    for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
        char *q = ssh_quote(nasty[i]), *rune, *out, script[512], want[512];
        int status;

        snprintf(script, sizeof script,
                 "printf '%%s|' %s 'it'\"'\"'s'; exit 3", q);
        rune = ssh_command(ssh, "host one", script);
        assert_non_null(rune);
        out = run(rune, &status);
        snprintf(want, sizeof want, "host one|%s|it's|", nasty[i]);
        assert_string_equal(out, want);
        assert_int_equal(WEXITSTATUS(status), 3);
        free(q);
        free(rune);
    }
}

static void test_hosts(void **state)
{
    static const char *const bad[] = { "", "-", "-oProxyCommand=reboot",
                                       "--help" };
    char *rune;
    int status;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(ssh_command("ssh", bad[i], "true"));
    rune = ssh_command("printf '%s|'", "$(reboot);`reboot`'", "x");
    assert_string_equal(run(rune, &status),
                        "$(reboot);`reboot`'|exec sh -c 'x'|");
    free(rune);
}

/* Plain ssh shares its connections, by a socket in a folder of ours; and
 * nothing else is touched. */
static void test_shared(void **state)
{
    char rundir[64] = "/tmp/rackhop-ssh-XXXXXX", dir[80], want[300], *s,
         *plain;
    char far[120];

    assert_non_null(mkdtemp(rundir));
    snprintf(dir, sizeof dir, "%s/ssh", rundir);
    snprintf(
        want, sizeof want,
        "ssh -o BatchMode=yes -o ControlMaster=auto -o ControlPath=%s/%%C "
        "-o ControlPersist=60 -o ServerAliveInterval=5 "
        "-o ServerAliveCountMax=3",
        dir);
    for (int i = 0; i < 2; i++) { /* made, then found */
        s = ssh_shared("ssh", rundir);
        assert_string_equal(s, want);
        free(s);
    }
    s = ssh_shared("ssh -p 22", rundir);
    assert_string_equal(s, "ssh -p 22");
    free(s);
    /* others may enter, it is no folder, its name is no word, or too long */
    chmod(dir, 0750);
    s = ssh_shared("ssh", rundir);
    assert_string_equal(s, "ssh");
    free(s);
    rmdir(dir);
    assert_int_equal(symlink("/tmp", dir), 0);
    s = ssh_shared("ssh", rundir);
    assert_string_equal(s, "ssh");
    free(s);
    unlink(dir);
    s = ssh_shared("ssh", "/tmp/a b");
    assert_string_equal(s, "ssh");
    free(s);
    memset(far, 'a', sizeof far - 1);
    memcpy(far, "/tmp/", 5);
    far[sizeof far - 1] = '\0';
    s = ssh_shared("ssh", far);
    assert_string_equal(s, "ssh");
    free(s);
    rmdir(rundir);
    s = ssh_short_command("ssh -x", "/nowhere", "h1", "true");
    plain = ssh_command("ssh -x", "h1", "true");
    assert_string_equal(s, plain);
    free(s);
    free(plain);
}

static void test_pipes(void **state)
{
    struct child p;
    char buf[64];

    assert_int_equal(ssh_start(&p, "echo err >&2; exec cat"), 0);
    assert_true(p.pid > 0);
    assert_int_equal(write(p.to, "hello", 5), 5);
    assert_int_equal(read(p.from, buf, 5), 5);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(read(p.err, buf, 4), 4);
    assert_memory_equal(buf, "err\n", 4);
    /* its stdin closes, so it ends by itself */
    child_end(&p, 60000);
    assert_int_equal(p.status, 0);
    assert_int_equal(p.to, -1);
    child_end(&p, 60000); /* again: nothing */
}

/* One that does not go is killed, and nothing is left of it. */
static void test_killed(void **state)
{
    struct child p;
    pid_t pid;

    assert_int_equal(ssh_start(&p, "exec sleep 1000"), 0);
    pid = p.pid;
    child_end(&p, 20);
    assert_true(WIFSIGNALED(p.status));
    assert_int_equal(WTERMSIG(p.status), SIGKILL);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* ^C on the terminal reaches the whole process group: not this one. */
static void test_no_interrupt(void **state)
{
    struct child p;
    char c;

    assert_int_equal(ssh_start(&p, "echo; exec cat"), 0);
    assert_int_equal(read(p.from, &c, 1), 1);
    kill(p.pid, SIGINT);
    assert_int_equal(write(p.to, "x", 1), 1);
    assert_int_equal(read(p.from, &c, 1), 1);
    assert_int_equal(c, 'x');
    child_end(&p, 60000);
    assert_int_equal(p.status, 0);
}

static void test_not_found(void **state)
{
    int status;

    run("exec /nonexistent/program 2>/dev/null", &status);
    assert_int_equal(WEXITSTATUS(status), 127);
}

/* A command that says all that it has to say and goes on is killed when its
 * time is over; one that ends at once keeps its output and its code. */
static void test_gather(void **state)
{
    struct gather_job job[] = {
        { .command = strdup("echo a; exec >&- 2>&-; exec sleep 1000") },
        { .command = strdup("echo b; echo why >&2; exit 3") },
        { .command = strdup("exec >&- 2>&-; sleep 0.05") },
        { .command = strdup("printf 12345678"), .most = 8 },
        { .command = strdup("exec yes"), .most = 100000 },
    };
    struct gather g = { .job = job, .n = 5, .at_once = 2, .timeout_ms = 400 };

    gather_run(&g);
    assert_int_equal(job[0].rc, -ETIMEDOUT);
    assert_string_equal(job[0].out, "a\n");
    assert_int_equal(job[1].rc, -EIO);
    assert_int_equal(job[1].code, 3);
    assert_string_equal(job[1].out, "b\n");
    assert_string_equal(job[1].said, "why");
    assert_int_equal(job[2].rc, 0);
    assert_int_equal(job[3].rc, 0);
    assert_int_equal(job[3].len, 8);
    assert_int_equal(job[4].rc, -EFBIG);
    gather_dispose(job, 5);
}

/* It has no terminal on which it could ask, and be stopped for it. */
static void test_gather_has_no_terminal(void **state)
{
    struct gather_job job[] = {
        { .command = strdup("read -r pid name s up group session rest "
                            "</proc/$$/stat; test $session = $$") },
        { .command = strdup("exec 2>/dev/null; : </dev/tty") },
    };
    struct gather g = { .job = job, .n = 2, .at_once = 2, .timeout_ms = 9000 };

    gather_run(&g);
    assert_int_equal(job[0].rc, 0);
    assert_int_equal(job[1].rc, -EIO);
    gather_dispose(job, 2);
}

static void count_ended(void *arg, size_t ended)
{
    size_t *told = arg;

    assert_true(ended > *told);
    *told = ended;
}

static void timer_due(void *arg)
{
    *(bool *)arg = true;
}

static bool gather_and_timer(void *arg)
{
    return gather_done(arg);
}

/* Two lots run on one loop beside what else is on it; what can't be started
 * holds up nobody, and output that a stranger holds open ends at the deadline. */
static void test_gather_on_a_loop(void **state)
{
    struct gather_job a[] = {
        { .command = NULL },
        { .command = NULL },
        { .command = strdup("sleep 1000 & echo held") },
    };
    struct gather_job b[] = { { .command = strdup("echo b") } };
    size_t told = 0;
    bool due = false;
    struct gather ga = { .job = a,
                         .n = 3,
                         .at_once = 1,
                         .timeout_ms = 300,
                         .told = count_ended,
                         .arg = &told };
    struct gather gb = { .job = b, .n = 1, .at_once = 1, .timeout_ms = 60000 };
    struct loop l;

    loop_init(&l);
    assert_non_null(loop_timer_add(&l, 0, timer_due, &due));
    gather_start(&ga, &l);
    gather_start(&gb, &l);
    assert_int_equal(loop_run(&l, gather_and_timer, &ga, UINT64_MAX), 0);
    assert_int_equal(loop_run(&l, gather_and_timer, &gb, UINT64_MAX), 0);
    assert_true(due);
    assert_int_equal(told, 3);
    assert_int_equal(a[0].rc, -ENOMEM);
    assert_int_equal(a[1].rc, -ENOMEM);
    assert_int_equal(a[2].rc, -ETIMEDOUT);
    assert_string_equal(a[2].out, "held\n");
    assert_int_equal(b[0].rc, 0);
    assert_string_equal(b[0].out, "b\n");
    loop_dispose(&l);
    gather_dispose(a, 3);
    gather_dispose(b, 1);
}

/* Without pipes of its own it reads nothing and writes where we do. */
static void test_child(void **state)
{
    struct child c;
    char byte;
    int from;

    assert_int_equal(child_start(&c, "! read -r x", 0), 0);
    assert_int_equal(c.to, -1);
    assert_int_equal(c.from, -1);
    child_end(&c, 60000);
    assert_int_equal(child_code(&c), 0);
    assert_int_equal(child_start(&c, "kill -9 $$", 0), 0);
    child_end(&c, 60000);
    assert_int_equal(child_code(&c), 255);
    /* a group is killed with what it has started */
    assert_int_equal(
        child_start(&c, "sleep 1000 & echo; wait", CHILD_OUT | CHILD_GROUP),
        0);
    assert_true(child_running(&c));
    child_kill(&c);
    assert_false(child_running(&c));
    /* when its time is over as well: what it has started ends, and with it the pipe
     * that only that has now */
    assert_int_equal(child_start(&c, "sleep 1000 & exec >&-; wait",
                                 CHILD_OUT | CHILD_GROUP),
                     0);
    from = dup(c.from);
    child_end(&c, 0);
    assert_int_equal(poll(&(struct pollfd){ from, POLLIN, 0 }, 1, 60000), 1);
    assert_int_equal(read(from, &byte, 1), 0);
    close(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_rune),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_no_interrupt),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_gather_has_no_terminal),
        cmocka_unit_test(test_gather_on_a_loop),
        cmocka_unit_test(test_child),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
