/* SPDX-License-Identifier: LGPL-2.1-only */
/* What libxl starts hears the signals that end it, and none that are for us. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/xlx_impl.h"

static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int sig)
{
    (void)sig;
}

/* As our commands have them: tools/signals.c. */
static void as_commands_do(void)
{
    struct sigaction sa = { .sa_handler = on_signal };
    sigset_t block;

    sigemptyset(&block);
    for (int i = 0; i < 3; i++) {
        sigaddset(&block, sigs[i]);
        sigaction(sigs[i], &sa, NULL);
    }
    sigprocmask(SIG_BLOCK, &block, NULL);
}

/* 0: all is as it should be; else what is not. */
static int child_is_wrong(void)
{
    struct sigaction is;
    sigset_t blocked;
    int wrong = 0;

    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 0; i < 3; i++) {
        sigaction(sigs[i], NULL, &is);
        if (sigismember(&blocked, sigs[i]))
            wrong |= 1 << i;
        if (is.sa_handler != (sigs[i] == SIGTERM ? SIG_DFL : SIG_IGN))
            wrong |= 8 << i;
    }
    return wrong;
}

static void test_signals(void **state)
{
    sigset_t blocked;
    int status;
    pid_t pid;

    (void)state;
    as_commands_do();
    pid = xlx_child_fork(NULL);
    if (!pid)
        _exit(child_is_wrong());
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* ours are as they were */
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 0; i < 3; i++)
        assert_true(sigismember(&blocked, sigs[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_signals) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
