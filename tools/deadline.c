/* SPDX-License-Identifier: LGPL-2.1-only */
/* Ends the process when a library waits for ever. */
#include "tools/deadline.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tools/exit.h"

static const char *deadline_sentence;

static void deadline_say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    (void)n; /* nobody is left to hear that it failed */
}

static void deadline_on_alarm(int sig)
{
    deadline_say("rackhop: ");
    deadline_say(deadline_sentence);
    deadline_say("\n");
    _exit(RC_FAILED);
}

void deadline_begin(unsigned seconds, const char *sentence)
{
    struct sigaction sa = { .sa_handler = deadline_on_alarm };
    sigset_t alarm_only;

    deadline_sentence = sentence;
    sigaction(SIGALRM, &sa, NULL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(seconds);
}

void deadline_end(void)
{
    alarm(0);
}
