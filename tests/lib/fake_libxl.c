/* SPDX-License-Identifier: LGPL-2.1-only */
/* Two hosts without Xen; see fake_libxl.h. One file, since it takes the place
 * of one library. */
#include "tests/lib/fake_libxl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libxl.h>
#include <xenstore.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <xenctrl.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/helper_arm.h"
#include "tests/lib/fakexen.h"

enum { NEW_DOMID = 7 };

static struct fake_world *world;
static enum fake_end me;
static int calls;

/* The one asynchronous operation of this host. */
static struct {
    pid_t pid; /* who does it; 0: nothing under way */
    int result_fd;
    bool save;
    uint32_t *domid_r;
    libxl_asyncop_how how;
    bool aborted;
} ao;

/* --- the world ------------------------------------------------------------- */

struct fake_world *fake_world_new(void)
{
    struct fake_world *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (w == MAP_FAILED)
        abort();
    w->states = FAKE_RUNNING;
    w->plan = (struct fake_plan){ .stream_bytes = 100000,
                                  .rounds = 3,
                                  .free_kib = 1 << 20 };
    snprintf(w->name[FAKE_SOURCE], sizeof w->name[0], "web1");
    return w;
}

void fake_world_free(struct fake_world *w)
{
    munmap(w, sizeof *w);
}

void fake_be(struct fake_world *w, enum fake_end end)
{
    world = w;
    me = end;
    calls = 0;
    ao.pid = 0;
}

enum fake_state fake_state(const struct fake_world *w, enum fake_end end)
{
    return (enum fake_state)(w->states >> 8 * end & 0xff);
}

const char *fake_state_name(enum fake_state s)
{
    switch (s) {
    case FAKE_ABSENT: return "absent";
    case FAKE_RUNNING: return "running";
    case FAKE_SUSPENDED: return "suspended";
    case FAKE_PAUSED: return "paused";
    case FAKE_ENDED: return "ended";
    }
    return "?";
}

static void become(enum fake_state s)
{
    uint32_t old = world->states, new;

    do
        new = (old & ~(0xffu << 8 * me)) | (uint32_t)s << 8 * me;
    while (!atomic_compare_exchange_weak(&world->states, &old, new));
    if (new == (FAKE_RUNNING | FAKE_RUNNING << 8))
        world->violations++;
}

void fake_note(const char *fmt, ...)
{
    char line[256];
    va_list ap;
    unsigned n, at;

    line[0] = me == FAKE_SOURCE ? 'S' : 'T';
    line[1] = ' ';
    va_start(ap, fmt);
    vsnprintf(line + 2, sizeof line - 3, fmt, ap);
    va_end(ap);
    strcat(line, "\n");
    n = (unsigned)strlen(line);
    at = atomic_fetch_add(&world->log_len, n);
    if (at + n < sizeof world->log)
        memcpy(world->log + at, line, n);
}

bool fake_await(const char *note)
{
    for (int i = 0; i < 12000 && !strstr(world->log, note); i++)
        poll(NULL, 0, 5);
    return strstr(world->log, note) != NULL;
}

/* Each call that a host makes may be its last, or fail (true). */
static bool call(const char *what)
{
    if (++calls == world->plan.die_at[me]) {
        fake_note("dies before %s", what);
        _exit(FAKE_DIED);
    }
    if (calls == world->plan.fail_at[me]) {
        fake_note("fails to %s", what);
        return true;
    }
    fake_note("%s", what);
    return false;
}

/* --- time -------------------------------------------------------------------- */

/* Ahead of the real clock by what the test says, for deadlines of minutes. */
int clock_gettime(clockid_t id, struct timespec *t)
{
    int r = (int)syscall(SYS_clock_gettime, id, t);

    if (!r && id == CLOCK_MONOTONIC && world) {
        uint64_t us = world->clock_us;

        t->tv_sec += (time_t)(us / 1000000);
        t->tv_nsec += (long)(us % 1000000 * 1000);
        if (t->tv_nsec >= 1000000000) {
            t->tv_nsec -= 1000000000;
            t->tv_sec++;
        }
    }
    return r;
}

/* --- the operation that runs beside the caller ------------------------------- */

static void write_all(int fd, const void *buf, size_t len)
{
    const char *p = buf;

    while (len) {
        ssize_t r = write(fd, p, len);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            _exit(1);
        p += r;
        len -= (size_t)r;
    }
}

static void finish(int result_fd, int rc)
{
    write_all(result_fd, &rc, sizeof rc);
}

static void tell(int ctl, struct xlx_ctl c)
{
    char buf[XLX_CTL_MAX];

    if (!c.now_us)
        c.now_us = 1;
    if (ctl >= 0)
        (void)!send(ctl, buf, xlx_ctl_format(&c, buf), MSG_NOSIGNAL);
}

/* A round's message. Where the guest uses CPU time the source has acted on it
 * before the guest runs on: what a look sees must not depend on which process is
 * the faster one. */
static void tell_round(int ctl, struct xlx_ctl c)
{
    unsigned seen = world->rounds_seen;

    c.type = XLX_CTL_ROUND;
    tell(ctl, c);
    if (!world->plan.cpu[0])
        return;
    for (int n = 0; n < 12000 && world->rounds_seen == seen; n++)
        poll(NULL, 0, 5);
    if (world->rounds_seen == seen)
        fake_note("a round was not seen");
}

/* A pause is measured from there, so it has the time of the test's world. */
static void phase(int ctl, enum xlx_phase p)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    tell(ctl, (struct xlx_ctl){ .type = XLX_CTL_PHASE,
                                .value = p,
                                .now_us = (uint64_t)t.tv_sec * 1000000 +
                                          (uint64_t)t.tv_nsec / 1000 });
}

static uint8_t stream_byte(unsigned at)
{
    return (uint8_t)(at * 2654435761u >> 13);
}

static void write_stream(int fd, unsigned from, unsigned to)
{
    uint8_t buf[4096];

    while (from < to) {
        unsigned n = 0;

        for (; n < sizeof buf && from < to; from++)
            buf[n++] = stream_byte(from);
        write_all(fd, buf, n);
    }
}

/* libxl's own bytes around libxc's: a head and LIBXC_CONTEXT, and END. */
static const char stream_head[24] = { "LibxlFmt\0\0\0\0\0\0\0\0\1" },
                  stream_end[8];

/* The helper tells libxl when the move says so, if that wants to carry the tail
 * itself. */
static bool await_tail(int ctl)
{
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c = { .type = XLX_CTL_ROUND };
    ssize_t n;

    if (!getenv(XLX_ENV_TAIL))
        return true;
    while (c.type != XLX_CTL_TAIL) {
        n = recv(ctl, buf, sizeof buf, 0);
        if (n <= 0)
            return false;
        xlx_ctl_parse(&c, buf, (size_t)n);
    }
    fake_note("libxl goes on");
    return true;
}

/* The state of devices is mostly zeros. */
static uint8_t tail_byte(unsigned at)
{
    return at % 61 ? 0 : stream_byte(at);
}

static void write_tail(int fd, unsigned n)
{
    uint8_t buf[4096];

    for (unsigned at = 0; at < n;) {
        unsigned k = 0;

        for (; k < sizeof buf && at < n; at++)
            buf[k++] = tail_byte(at);
        write_all(fd, buf, k);
    }
}

static void end_by_itself(int reason)
{
    world->reason = reason;
    become(FAKE_ENDED);
}

/* The guest runs for a second. */
static void use_cpu(unsigned percent)
{
    world->cpu_ns += percent * 10000000ull;
    world->clock_us += 1000000;
}

static unsigned throttle_after(const struct fake_plan *p, unsigned round)
{
    if (p->cpu[0] && round < 2)
        return 0; /* it looks at more than one */
    if (p->throttle_off && round > 1)
        return 100;
    return p->throttle - p->throttle_less * (round - 1);
}

/* libxl and its helper at the source; the process ends with it. */
static void save(int fd, int result, int ctl)
{
    const struct fake_plan *p = &world->plan;
    unsigned most = p->stream_bytes * 3 / 4;
    uint64_t clock_us = 1; /* of the rounds */
    bool gives_up = p->save == SAVE_POLICY || p->save == SAVE_TOO_LONG;

    phase(ctl, XLX_PHASE_STARTED);
    if (p->arm)
        write_all(fd, stream_head, sizeof stream_head);
    if (p->save == SAVE_HELPER_DIES) {
        finish(result, ERROR_FAIL);
        return;
    }
    for (unsigned i = 0; i < p->rounds; i++) {
        static const uint64_t took_us[] = { 3000000, 2000000, 500000 };

        tell_round(ctl, (struct xlx_ctl){ .now_us = clock_us,
                                          .iteration = i,
                                          .sent = 1000 * i,
                                          .dirty = 1000,
                                          .rate = 5000,
                                          .pause_ms = -1,
                                          .next_ms = -1,
                                          .why = XLX_WHY_GAIN });
        write_stream(fd, most * i / p->rounds, most * (i + 1) / p->rounds);
        clock_us += took_us[i < 2 ? i : 2];
        if (p->cpu[0] && i < 3)
            use_cpu(p->cpu[i]);
        tell_round(ctl, (struct xlx_ctl){ .now_us = clock_us,
                                          .iteration = i + 1,
                                          .after = true,
                                          .sent = 1000 * (i + 1),
                                          .dirty = 100 - (int64_t)i,
                                          .rate = 5000,
                                          .dirty_rate = 1000 - i,
                                          .dirty_set = 500 + i,
                                          .pause_ms = 20,
                                          .throttle = throttle_after(p, i + 1),
                                          .next_ms = -1,
                                          .eta_ms = 0,
                                          .why = XLX_WHY_GAIN });
    }
    while (p->save == SAVE_ENDLESS) {
        write_stream(fd, 0, 4096);
        poll(NULL, 0, 1);
    }
    tell_round(ctl, (struct xlx_ctl){
                        .iteration = p->rounds,
                        .after = true,
                        .sent = 1000 * p->rounds,
                        .dirty = 7,
                        .rate = 5000,
                        .pause_ms = 1,
                        .next_ms = -1,
                        .verdict = gives_up ? XLX_ABORT : XLX_STOP,
                        .why = p->save == SAVE_POLICY     ? XLX_WHY_STALLED
                               : p->save == SAVE_TOO_LONG ? XLX_WHY_PAUSE
                                                          : XLX_WHY_TARGET });
    if (gives_up) {
        finish(result, ERROR_GUEST_TIMEDOUT);
        return;
    }
    if (p->pause_until && !fake_await(p->pause_until))
        fake_note("waited in vain");
    phase(ctl, XLX_PHASE_SUSPEND);
    switch (p->save) {
    case SAVE_POWEROFF: end_by_itself(SHUTDOWN_poweroff); break;
    case SAVE_CRASH: end_by_itself(SHUTDOWN_crash); break;
    case SAVE_DESTROYED: become(FAKE_ABSENT); break;
    case SAVE_NO_ANSWER: break;
    case SAVE_LATE_ANSWER:
    case SAVE_LATE_BROKEN:
        finish(result, p->save == SAVE_LATE_ANSWER ? ERROR_GUEST_TIMEDOUT
                                                   : ERROR_FAIL);
        poll(NULL, 0, 150);
        become(FAKE_SUSPENDED);
        return;
    default:
        become(FAKE_SUSPENDED);
        phase(ctl, XLX_PHASE_SUSPENDED);
        fake_note("suspended");
        if (p->save != SAVE_BREAKS)
            write_stream(fd, most, p->stream_bytes);
        if (p->save != SAVE_BREAKS && p->arm)
            write_all(fd, stream_end, sizeof stream_end);
        phase(ctl, XLX_PHASE_COMPLETE);
        if (p->save == SAVE_WELL && p->tail && await_tail(ctl))
            write_tail(fd, p->tail);
    }
    finish(result, p->save == SAVE_WELL        ? 0
                   : p->save == SAVE_DESTROYED ? ERROR_DOMAIN_DESTROYED
                                               : ERROR_GUEST_TIMEDOUT);
}

static ssize_t read_some(int fd, void *buf, size_t n)
{
    ssize_t r;

    while ((r = read(fd, buf, n)) < 0 && (errno == EINTR || errno == EAGAIN))
        poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, -1);
    return r;
}

/* Whether all of the guest came as it was sent. */
static bool read_stream(int fd)
{
    const struct fake_plan *p = &world->plan;
    uint8_t buf[4096];

    while (p->save == SAVE_ENDLESS)
        if (read_some(fd, buf, sizeof buf) <= 0)
            return false;
    for (unsigned at = 0; at < p->stream_bytes;) {
        size_t want = p->stream_bytes - at;
        ssize_t n = read_some(fd, buf, want < sizeof buf ? want : sizeof buf);

        if (n <= 0)
            return false;
        for (ssize_t i = 0; i < n; i++, at++)
            if (buf[i] != stream_byte(at)) {
                fake_note("stream differs at %u", at);
                return false;
            }
    }
    return true;
}

static bool read_tail(int fd)
{
    uint8_t buf[4096];

    for (unsigned at = 0; at < world->plan.tail;) {
        size_t want = world->plan.tail - at;
        ssize_t n = read_some(fd, buf, want < sizeof buf ? want : sizeof buf);

        if (n <= 0)
            return false;
        for (ssize_t i = 0; i < n; i++, at++)
            if (buf[i] != tail_byte(at)) {
                fake_note("tail differs at %u", at);
                return false;
            }
    }
    return true;
}

/* What libxl's helper leaves behind: the copy exists already. */
_Noreturn static void place(int stream, int out, int ctl)
{
    const struct fake_plan *p = &world->plan;
    uint8_t context[FAKEXEN_CONTEXT];
    bool well = read_stream(stream) && p->placer == PLACER_WELL;

    if (p->placer == PLACER_DIES)
        _exit(1);
    fakexen_context(context);
    if (well)
        write_all(out, context, sizeof context);
    else
        write_all(out, "there is no room for it", 23);
    phase(ctl, well ? XLX_PHASE_COMPLETE : XLX_PHASE_FAILED);
    _exit(0);
}

/* libxl at the target, of an armed restore: it has a stream of its own. */
static void restore_armed(int fd, int result, int ctl)
{
    int stream = -1, start = -1, out = -1;
    char head[sizeof stream_head + sizeof stream_end];
    struct arm_start s = { .mark = 0 };

    sscanf(getenv(XLX_ENV_ARM), "%d %d %d", &stream, &start, &out);
    if (read_some(start, &s, sizeof s) != sizeof s ||
        s.mark != ARM_START_MARK || s.context != FAKEXEN_CONTEXT || !s.arm.n ||
        read_some(fd, head, sizeof head) != sizeof head ||
        memcmp(head, stream_head, sizeof stream_head)) {
        fake_note("was not armed well");
        finish(result, ERROR_FAIL);
        return;
    }
    phase(ctl, XLX_PHASE_STARTED);
    world->down = true;
    become(FAKE_PAUSED);
    fake_note("armed");
    phase(ctl, XLX_PHASE_ARMED);
    if (!fork())
        place(stream, out, ctl);
    if (world->plan.script)
        become(FAKE_ABSENT);
    finish(result, world->plan.script ? world->plan.restore_rc : 0);
}

/* libxl at the target: the guest is built when all of it has come. */
static void restore(int fd, int result, int ctl)
{
    const struct fake_plan *p = &world->plan;

    if (getenv(XLX_ENV_ARM)) {
        restore_armed(fd, result, ctl);
        return;
    }
    if (!read_stream(fd)) {
        finish(result, ERROR_FAIL);
        return;
    }
    if (p->restore_rc) {
        finish(result, p->restore_rc);
        return;
    }
    if (!p->tail)
        become(FAKE_PAUSED);
    phase(ctl, XLX_PHASE_COMPLETE);
    if (p->tail) {
        if (!await_tail(ctl) || !read_tail(fd)) {
            finish(result, ERROR_FAIL);
            return;
        }
        become(FAKE_PAUSED);
    }
    finish(result, 0);
}

static void begin(int fd, const libxl_asyncop_how *how, bool saving)
{
    const char *env = getenv(XLX_ENV_CTL);
    int p[2], ctl = env ? atoi(env) : -1, arm[3] = { -1, -1, -1 };
    pid_t parent = getpid();

    if (pipe2(p, O_CLOEXEC))
        abort();
    fflush(NULL);
    ao.pid = fork();
    ao.result_fd = p[0];
    ao.how = *how;
    ao.save = saving;
    ao.aborted = false;
    if (ao.pid) {
        close(p[1]);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    if (getenv(XLX_ENV_ARM))
        sscanf(getenv(XLX_ENV_ARM), "%d %d %d", &arm[0], &arm[1], &arm[2]);
    /* it holds the stream open and nothing else */
    for (int i = 3; i < 256; i++)
        if (i != fd && i != p[1] && i != ctl && i != arm[0] && i != arm[1] &&
            i != arm[2])
            close(i);
    signal(SIGPIPE, SIG_IGN);
    if (saving)
        save(fd, p[1], ctl);
    else
        restore(fd, p[1], ctl);
    _exit(0);
}

int libxl_osevent_beforepoll(libxl_ctx *ctx, int *nfds_io, struct pollfd *fds,
                             int *timeout, struct timeval now)
{
    if (!ao.pid) {
        *nfds_io = 0;
        return 0;
    }
    fds[0] = (struct pollfd){ ao.result_fd, POLLIN, 0 };
    *nfds_io = 1;
    return 0;
}

void libxl_osevent_afterpoll(libxl_ctx *ctx, int nfds,
                             const struct pollfd *fds, struct timeval now)
{
    libxl_asyncop_how how = ao.how;
    int rc = ERROR_FAIL;

    if (!ao.pid || !nfds || !fds[0].revents)
        return;
    if (read(ao.result_fd, &rc, sizeof rc) != sizeof rc)
        rc = ao.aborted ? ERROR_ABORTED : ERROR_FAIL;
    if (ao.save && world->plan.save == SAVE_LATE_ANSWER && !ao.aborted) {
        /* it goes on by itself */
    } else {
        waitpid(ao.pid, NULL, 0);
    }
    close(ao.result_fd);
    ao.pid = 0;
    if (ao.domid_r && !rc)
        *ao.domid_r = NEW_DOMID;
    if (ao.domid_r && rc == ERROR_ABORTED) /* it destroys what it has begun */
        become(FAKE_ABSENT);
    how.callback(ctx, rc, how.u.for_callback);
}

int libxl_ao_abort(libxl_ctx *ctx, const libxl_asyncop_how *how)
{
    if (call("abort"))
        return ERROR_FAIL;
    if (!ao.pid)
        return ERROR_NOTFOUND;
    ao.aborted = true;
    kill(ao.pid, SIGKILL);
    return 0;
}

/* --- what an end calls --------------------------------------------------------- */

/* What the helper that libxl starts now would find. */
static void note_codec(void)
{
    const char *codec = getenv(XLX_ENV_CODEC);

    if (codec)
        fake_note("codec %s", codec);
}

static void note_policy(void)
{
    const char *policy = getenv(XLX_ENV_POLICY);

    if (policy && strstr(policy, "throttle=1"))
        fake_note("the policy may slow it down");
}

int libxl_domain_suspend(libxl_ctx *ctx, uint32_t domid, int fd, int flags,
                         const libxl_asyncop_how *how)
{
    if (call("suspend"))
        return ERROR_FAIL;
    if (world->plan.save == SAVE_REFUSED)
        return ERROR_INVAL;
    note_codec();
    note_policy();
    ao.domid_r = NULL;
    begin(fd, how, true);
    return 0;
}

static char mark[128];

static void keep_mark(const libxl_key_value_list *data)
{
    *mark = '\0';
    for (int i = 0; i < libxl_key_value_list_length(data); i++)
        if (!strcmp((*data)[2 * i], "rackhop/move"))
            snprintf(mark, sizeof mark, "%s", (*data)[2 * i + 1]);
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned *len)
{
    if (call("read of the mark") || !*mark || world->plan.mark_lost ||
        !strstr(path, "/rackhop/move")) {
        errno = ENOENT;
        return NULL;
    }
    *len = (unsigned)strlen(mark);
    return strdup(mark);
}

int libxl_domain_create_restore(libxl_ctx *ctx, libxl_domain_config *config,
                                uint32_t *domid, int fd, int back,
                                const libxl_domain_restore_params *params,
                                const libxl_asyncop_how *how,
                                const libxl_asyncprogress_how *console)
{
    if (call("restore"))
        return ERROR_FAIL;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); /* as libxl does */
    snprintf(world->name[me], sizeof world->name[me], "%s",
             config->c_info.name);
    keep_mark(&config->c_info.xsdata);
    note_codec();
    ao.domid_r = domid;
    begin(fd, how, false);
    return 0;
}

int libxl_domain_resume(libxl_ctx *ctx, uint32_t domid, int suspend_cancel,
                        const libxl_asyncop_how *how)
{
    if (call("resume"))
        return ERROR_FAIL;
    if (world->plan.resume_rc)
        return world->plan.resume_rc;
    become(FAKE_RUNNING);
    return 0;
}

/* --- the scheduler ------------------------------------------------------------ */

void libxl_domain_sched_params_init(libxl_domain_sched_params *p)
{
    memset(p, 0, sizeof *p);
    p->cap = LIBXL_DOMAIN_SCHED_PARAM_CAP_DEFAULT;
}

void libxl_domain_sched_params_dispose(libxl_domain_sched_params *p)
{
}

int libxl_domain_sched_params_get(libxl_ctx *ctx, uint32_t domid,
                                  libxl_domain_sched_params *p)
{
    p->sched =
        world->plan.no_cap ? LIBXL_SCHEDULER_NULL : LIBXL_SCHEDULER_CREDIT2;
    p->cap = (int)world->cap;
    return world->plan.cap_rc[0];
}

int libxl_domain_sched_params_set(libxl_ctx *ctx, uint32_t domid,
                                  const libxl_domain_sched_params *p)
{
    char what[32];

    snprintf(what, sizeof what, "cap %d", p->cap);
    if (call(what))
        return ERROR_FAIL;
    if (world->plan.cap_rc[1])
        return world->plan.cap_rc[1];
    if (world->plan.lift_rc && p->cap == (int)world->plan.cap)
        return world->plan.lift_rc;
    world->cap = (unsigned)p->cap;
    if (world->plan.others_cap)
        world->cap = world->plan.others_cap;
    return 0;
}

/* What is noted beside the domain is the cap alone. */
bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
              const void *data, unsigned len)
{
    fake_note("notes %.*s", (int)len, (const char *)data);
    return true;
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    fake_note("notes no more");
    return true;
}

int libxl_domain_unpause(libxl_ctx *ctx, uint32_t domid,
                         const libxl_asyncop_how *how)
{
    if (call("unpause"))
        return ERROR_FAIL;
    if (world->plan.unpause_rc)
        return world->plan.unpause_rc;
    if (world->down)
        fake_note("runs without a CPU");
    become(FAKE_RUNNING);
    return 0;
}

/* --- the guest's CPU state ------------------------------------------------------ */

int xc_hvm_param_get(xc_interface *xch, uint32_t domid, uint32_t param,
                     uint64_t *value)
{
    *value = param < 3 ? param : 0;
    return 0;
}

int xc_domain_hvm_getcontext(xc_interface *xch, uint32_t domid, uint8_t *buf,
                             uint32_t size)
{
    if (buf)
        fakexen_context(buf);
    return FAKEXEN_CONTEXT;
}

int xc_domain_hvm_setcontext(xc_interface *xch, uint32_t domid, uint8_t *buf,
                             uint32_t size)
{
    if (call("load") || world->plan.load_rc) {
        errno = EINVAL;
        return -1;
    }
    world->down = false;
    return 0;
}

int xc_vcpu_getinfo(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                    xc_vcpuinfo_t *info)
{
    memset(info, 0, sizeof *info);
    info->online = !(me == FAKE_TARGET && world->down);
    return 0;
}

int xc_domain_pause(xc_interface *xch, uint32_t domid)
{
    return call("pause") ? -1 : 0;
}

int libxl_domain_destroy(libxl_ctx *ctx, uint32_t domid,
                         const libxl_asyncop_how *how)
{
    if (call("destroy"))
        return ERROR_FAIL;
    if (world->plan.destroy_rc[me])
        return world->plan.destroy_rc[me];
    become(FAKE_ABSENT);
    return 0;
}

int libxl_domain_rename(libxl_ctx *ctx, uint32_t domid, const char *old,
                        const char *new)
{
    char what[200];

    snprintf(what, sizeof what, "rename %s", new);
    if (call(what))
        return ERROR_FAIL;
    if (world->plan.rename_rc[me])
        return world->plan.rename_rc[me];
    if (strcmp(world->name[me], old)) {
        fake_note("is called %s, not %s", world->name[me], old);
        return ERROR_INVAL;
    }
    snprintf(world->name[me], sizeof world->name[me], "%s", new);
    return 0;
}

int libxl_cpu_bitmap_alloc(libxl_ctx *ctx, libxl_bitmap *map, int max_cpus)
{
    map->size = 2;
    map->map = calloc(1, map->size);
    return map->map ? 0 : ERROR_NOMEM;
}

int libxl_set_vcpuaffinity(libxl_ctx *ctx, uint32_t domid, uint32_t vcpu,
                           const libxl_bitmap *hard, const libxl_bitmap *soft)
{
    char what[100];

    snprintf(what, sizeof what, "pin %u %x %x", vcpu,
             hard ? hard->map[0] | hard->map[1] << 8 : 0,
             soft ? soft->map[0] | soft->map[1] << 8 : 0);
    return call(what) ? ERROR_FAIL : world->plan.affinity_rc;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t domid, unsigned max,
                          xc_domaininfo_t *info)
{
    memset(info, 0, sizeof *info);
    info->cpu_time = world->cpu_ns;
    switch (fake_state(world, me)) {
    case FAKE_ABSENT: return 0;
    case FAKE_SUSPENDED:
        info->flags = XEN_DOMINF_shutdown | SHUTDOWN_suspend
                                                << XEN_DOMINF_shutdownshift;
        break;
    case FAKE_ENDED:
        info->flags = XEN_DOMINF_shutdown | (unsigned)world->reason
                                                << XEN_DOMINF_shutdownshift;
        break;
    case FAKE_PAUSED: info->flags = XEN_DOMINF_paused; break;
    case FAKE_RUNNING: break;
    }
    info->domain = (domid_t)domid;
    return 1;
}

int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned op,
                      unsigned *mb, unsigned mode)
{
    return call("log-dirty off") ? -1 : 0;
}

/* --- what the target looks at first ------------------------------------------- */

/* What the plan has of disks and interfaces; their paths and names are libxl's
 * to free. */
static void add_devices(libxl_domain_config *c)
{
    const struct fake_plan *p = &world->plan;

    if (p->disk) {
        c->disks = calloc(1, sizeof *c->disks);
        c->num_disks = 1;
        libxl_device_disk_init(c->disks);
        c->disks->format = LIBXL_DISK_FORMAT_RAW;
        c->disks->pdev_path = strdup(p->disk);
    }
    if (p->nic) {
        c->nics = calloc(1, sizeof *c->nics);
        c->num_nics = 1;
        libxl_device_nic_init(c->nics);
        c->nics->script = strdup(p->nic);
    }
}

/* {"c_info":{"name":"web1"}} is all that it understands. */
int libxl_domain_config_from_json(libxl_ctx *ctx, libxl_domain_config *c,
                                  const char *json)
{
    const char *at = strstr(json, "\"name\":\"");

    if (call("read the configuration"))
        return ERROR_FAIL;
    if (world->plan.config_rc)
        return world->plan.config_rc;
    if (at) {
        at += 8;
        c->c_info.name = strndup(at, strcspn(at, "\""));
    }
    if (strstr(json, "\"type\":\"pvh\""))
        c->c_info.type = LIBXL_DOMAIN_TYPE_PVH;
    add_devices(c);
    memset(c->c_info.uuid.uuid, 0x11, sizeof c->c_info.uuid.uuid);
    return 0;
}

int libxl_name_to_domid(libxl_ctx *ctx, const char *name, uint32_t *domid)
{
    *domid = 3;
    return world->plan.name_taken ? 0 : ERROR_INVAL;
}

libxl_dominfo *libxl_list_domain(libxl_ctx *ctx, int *n)
{
    libxl_dominfo *l = calloc(1, sizeof *l);

    *n = 1;
    l->domid = 4;
    memset(l->uuid.uuid, world->plan.uuid_taken ? 0x11 : 0x22,
           sizeof l->uuid.uuid);
    return l;
}

int libxl_domain_need_memory(libxl_ctx *ctx, libxl_domain_config *c,
                             uint32_t domid, uint64_t *kib)
{
    *kib = 65536;
    return 0;
}

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *p)
{
    p->free_pages = world->plan.free_kib / 4;
    p->cap_hap = !world->plan.no_hap;
    p->cap_hvm_directio = true;
    return 0;
}

int libxl_set_memory_target(libxl_ctx *ctx, uint32_t domid, int64_t kib,
                            int relative, int enforce)
{
    if (call("balloon"))
        return ERROR_FAIL;
    return domid || !relative || kib >= 0 ? ERROR_INVAL : 0;
}

int libxl_wait_for_free_memory(libxl_ctx *ctx, uint32_t domid, uint64_t kib,
                               int seconds)
{
    world->plan.free_kib = kib;
    return 0;
}

int libxl_wait_for_memory_target(libxl_ctx *ctx, uint32_t domid, int seconds)
{
    return 0;
}
