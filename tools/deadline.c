/* SPDX-License-Identifier: LGPL-2.1-only */
/* Ends the process when Xen's libraries wait for ever. */
#include "tools/deadline.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *deadline_doing;
static enum exit_code deadline_code;

static void deadline_say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    (void)n; /* nobody is left to hear that it failed */
}

static void deadline_on_alarm(int sig)
{
    deadline_say("rackhop: xenstored or Xen stopped answering while ");
    deadline_say(deadline_doing);
    deadline_say("; see whether `xenstore-ls` and `xl info` come to their "
                 "end\n");
    _exit(deadline_code);
}

void deadline_begin(unsigned seconds, enum exit_code code, const char *doing)
{
    struct sigaction sa = { .sa_handler = deadline_on_alarm };
    sigset_t alarm_only;

    deadline_doing = doing;
    deadline_code = code;
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
