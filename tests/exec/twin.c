/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A cluster in a directory, for whoever carries plans out.
 *
 * Called as ssh it is the way to its hosts (`twin-ssh addr-HOST COMMAND`):
 * COMMAND runs here with that host's state and run directories. Called as
 * rackhop it is the host: `facts` and `migrate` are simulated, the rest is
 * done by the real program ($REAL). It is long because it is one program that
 * stands for all that a host does. Below $SIM:
 *
 *     hosts/HOST     memory and reserved, MiB; CPUs (64)
 *                                                 down/HOST   no answer
 *     boot/HOST      the id of its boot         looks/HOST  an x for each look
 *     conf-of/HOST   its own rackhop.conf
 *     dom/UUID       name, host, MiB                log         what was done
 *     arriving/UUID  host, MiB                      ids/ID      its exit code
 *     inject/UUID    a word for each attempt, used up from the front: ok,
 *                    fail, doubt, hold (until $SIM/go is there), die,
 *                    gone (in doubt: it runs there, its copy stays here),
 *                    sent (all is sent, and then as hold), lost (as hold,
 *                    and then as fail)
 *     left/UUID      the host of such a copy; "HOST runs": one that was just
 *                    started, and has not its name yet
 *     dirty/UUID     the dirty rate that is measured, MiB/s
 *     load/UUID      the CPUs that it uses, and its vCPUs
 *     most/UUID      the memory that a guest may have
 *     reads/UUID     pages a second that it reads from swap
 *     talks/UUID     its members "macs" and "talks", as its facts have them
 *     stiff/UUID     there: its memory can't be changed
 *     watts/HOST     what it needs when idle, and at most
 *     samples/HOST   the members of its samples, as its facts have them
 *     sampled/HOST   what its `rackhop samples` prints; none: the real one answers
 *     calls/HOST     what it calls itself, if not by that name
 *     cpu/HOST       the features that it shows guests, and carries
 *     devices/HOST   how many devices of the class net25g it has; device/UUID,
 *                    that guest has one of them
 *     slow           there: a login to cancel a move takes 4 s
 *     heldby/UUID    the id of a move that is prepared, and has the guest's lock
 *     old            there: its rackhop knows no --hold and no --lanes, and of maintenance
 *                    set, clear and show alone
 *     expire         there: a move that is held waits no longer
 *
 * It refuses nothing that a real host would take, and logs VIOLATION when a
 * host has more guests, arriving ones included, than memory, or more of them
 * with a device than devices, when a cable carries more than its rate, when a
 * guest moves that is elsewhere, and when one moves twice at once. $SIM_RUNS:
 * more runs than one are at work.
 *
 * It is long because it is one program with one directory for its state: what a
 * command changes is what another has to find.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/move/hook.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"
#include "tools/move/records.h"
#include "tools/move/reserve.h"
#include "tools/move/startline.h"
#include "tools/base/file.h"
#include "tools/base/msg.h"
#include "tools/exit.h"

static const char *sim;
static volatile sig_atomic_t cancelled;

static void on_term(int sig)
{
    cancelled = 1;
}

static void path_of(char *buf, const char *kind, const char *name)
{
    snprintf(buf, 512, "%s/%s%s%s", sim, kind, *name ? "/" : "", name);
}

static bool get(const char *kind, const char *name, char *buf, size_t len)
{
    char path[512];
    FILE *f;
    size_t n;

    path_of(path, kind, name);
    f = fopen(path, "re");
    if (!f)
        return false;
    n = fread(buf, 1, len - 1, f);
    buf[n] = '\0';
    fclose(f);
    return true;
}

static void put(const char *kind, const char *name, const char *text)
{
    char path[512];

    path_of(path, kind, name);
    if (file_replace(path, text, strlen(text)))
        abort();
}

static void drop(const char *kind, const char *name)
{
    char path[512];

    path_of(path, kind, name);
    unlink(path);
}

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    char path[512], line[400];
    va_list ap;
    int fd, n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line - 1, fmt, ap);
    va_end(ap);
    line[n++] = '\n';
    path_of(path, "log", "");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        abort();
    close(fd);
}

/* What is done is in the log; this is only looked at. */
static void count_look(const char *host)
{
    char path[512];
    int fd;

    path_of(path, "looks", host);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || write(fd, "x", 1) != 1)
        abort();
    close(fd);
}

static int lock(void)
{
    char path[512];
    int fd;

    path_of(path, "lock", "");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || flock(fd, LOCK_EX))
        abort();
    return fd;
}

struct guest {
    char name[64], host[64];
    long mib;
};

static bool guest_of(const char *uuid, struct guest *g)
{
    char buf[256];

    return get("dom", uuid, buf, sizeof buf) &&
           sscanf(buf, "%63s %63s %ld", g->name, g->host, &g->mib) == 3;
}

/* Calls fn for each file of a kind. */
static void each(const char *kind, void (*fn)(void *arg, const char *name),
                 void *arg)
{
    char path[512];
    struct dirent **list;
    int n;

    path_of(path, kind, "");
    n = scandir(path, &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (*list[i]->d_name != '.' && !strstr(list[i]->d_name, ".new"))
            fn(arg, list[i]->d_name);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

/* --- facts --------------------------------------------------------------------- */

struct printing {
    const char *host;
    bool more;
};

static void print_memory(const char *uuid)
{
    char text[64];

    if (get("most", uuid, text, sizeof text))
        printf(",\"memory_max_mib\":%ld", atol(text));
    if (get("reads", uuid, text, sizeof text))
        printf(",\"samples\":{\"age_s\":1,\"swap_bytes_s\":{\"mean_10m\":%g}}",
               4096 * atof(text));
}

static void print_talks(const char *uuid)
{
    char text[512];

    if (get("talks", uuid, text, sizeof text))
        printf(",%s", text);
}

static void print_guest(void *arg, const char *uuid)
{
    struct printing *p = arg;
    struct guest g;
    char load[64];
    double used = -1;
    int vcpus = 1;

    if (!guest_of(uuid, &g) || strcmp(g.host, p->host))
        return;
    if (get("load", uuid, load, sizeof load))
        sscanf(load, "%lf %d", &used, &vcpus);
    printf("%s{\"uuid\":\"%s\",\"name\":\"%s\",\"host\":\"%s\",\"type\":"
           "\"pvh\",\"memory_mib\":%ld,\"vcpus\":%d",
           p->more ? "," : "", uuid, g.name, g.host, g.mib, vcpus);
    if (used >= 0)
        printf(",\"cpu_used\":%g", used);
    if (get("device", uuid, load, sizeof load))
        printf(",\"pci\":[\"0000:03:10.0\"],\"device_classes\":[{\"class\":"
               "\"net25g\",\"pci\":\"0000:03:10.0\"}]");
    print_memory(uuid);
    print_talks(uuid);
    printf("}");
    p->more = true;
}

static void print_left(void *arg, const char *uuid)
{
    struct printing *p = arg;
    struct guest g;
    char buf[64], host[32], runs[8] = "";

    if (!guest_of(uuid, &g) || !get("left", uuid, buf, sizeof buf) ||
        sscanf(buf, "%31s %7s", host, runs) < 1 || strcmp(host, p->host))
        return;
    printf("%s{\"uuid\":\"%s\",\"name\":\"%s--%s\",\"host\":"
           "\"%s\",\"type\":\"pvh\",\"memory_mib\":%ld,\"vcpus\":1%s}",
           p->more ? "," : "", uuid, g.name,
           *runs ? "incoming" : "migratedaway", host, g.mib,
           *runs ? "" : ",\"pinned\":true,\"pinned_why\":\"it is shut down\"");
    p->more = true;
}

/* Xen lists a copy under construction as well. */
static void print_copy(void *arg, const char *uuid)
{
    struct printing *p = arg;
    struct guest g;
    char buf[128], host[64];
    long mib;

    if (!guest_of(uuid, &g) || !get("arriving", uuid, buf, sizeof buf) ||
        sscanf(buf, "%63s %ld", host, &mib) != 2 || strcmp(host, p->host))
        return;
    printf("%s{\"uuid\":\"%s\",\"name\":\"%s--incoming\",\"host\":\"%s\","
           "\"type\":\"pvh\",\"memory_mib\":%ld,\"need_mib\":%ld,"
           "\"vcpus\":1,\"pinned\":true,\"pinned_why\":\"it is paused\"}",
           p->more ? "," : "", uuid, g.name, host, mib / 2, mib);
    p->more = true;
}

/* What runs have reserved here, as the real one shows it. */
static enum reservation_guest where_is(void *arg, const char *uuid)
{
    const char *host = arg;
    struct guest g;
    char buf[128], to[64];

    if (guest_of(uuid, &g) && !strcmp(g.host, host))
        return GUEST_HERE;
    if (get("arriving", uuid, buf, sizeof buf) &&
        sscanf(buf, "%63s", to) == 1 && !strcmp(to, host))
        return GUEST_ARRIVING;
    return GUEST_AWAY;
}

static void print_reservations(const char *host)
{
    struct reservation *list;
    struct json_out *o;
    char *text;
    size_t n;

    if (reserve_load(path_state(), &list, &n))
        return; /* as the real one */
    o = json_text_new(false);
    json_arr(o);
    for (size_t i = 0; i < n; i++)
        reservation_write(o, &list[i], where_is, (void *)(uintptr_t)host);
    json_arr_end(o);
    text = json_text_free(o, NULL);
    printf(",\"runs\":[],\"reservations\":%s", text); /* no host runs any */
    free(text);
    reserve_list_free(list, n);
}

static void print_cpu(const char *host)
{
    static const char *const key[] = { "cpu_default", "cpu_max" };
    char set[512];

    if (!get("cpu", host, set, sizeof set))
        return;
    set[strcspn(set, "\n")] = '\0';
    printf(",\"cpu_vendor\":\"GenuineIntel\"");
    for (int i = 0; i < 2; i++)
        printf(",\"%s\":{\"pv\":\"%s\",\"hvm\":\"%s\"}", key[i], set, set);
}

static void print_watts(const char *host)
{
    char text[64];
    double idle, peak;

    if (get("watts", host, text, sizeof text) &&
        sscanf(text, "%lf %lf", &idle, &peak) == 2)
        printf(",\"power_idle_w\":%g,\"power_peak_w\":%g", idle, peak);
}

static void print_samples(const char *host)
{
    char text[2000];

    if (get("samples", host, text, sizeof text))
        printf(",\"samples\":{\"age_s\":1,%s}", text);
}

static int facts(const char *host)
{
    struct printing p = { host, false };
    struct maintenance m;
    char buf[64], boot[64] = "", name[64];
    struct msg err;
    long memory = 0, reserved = 0, cpus = 64;
    int fd = lock(), marked;

    count_look(host);
    if (!get("hosts", host, buf, sizeof buf) ||
        sscanf(buf, "%ld %ld %ld", &memory, &reserved, &cpus) < 2)
        return 1;
    get("boot", host, boot, sizeof boot);
    if (!get("calls", host, name, sizeof name))
        snprintf(name, sizeof name, "%.60s", host);
    marked = maintenance_get(path_state(), &m, &err);
    printf("{\"format\":\"rackhop-facts/1\",\"node\":\"%s\",\"role\":\"host\","
           "\"host\":{\"name\":\"%s\",\"state\":\"%s\",\"memory_mib\":%ld,"
           "\"reserved_mib\":%ld,\"cpus\":%ld,\"xen\":\"4.17.5\","
           "\"boot\":\"%.36s\"",
           name, name, marked ? "maintenance" : "up", memory, reserved, cpus,
           boot);
    print_cpu(host);
    if (get("devices", host, buf, sizeof buf))
        printf(",\"device_classes\":[{\"class\":\"net25g\",\"devices\":%ld}]",
               atol(buf));
    print_watts(host);
    print_samples(host);
    print_reservations(host);
    printf("},\"domains\":[");
    each("dom", print_guest, &p);
    each("arriving", print_copy, &p);
    each("left", print_left, &p);
    puts("]}");
    close(fd);
    return 0;
}

/* The guest is the last operand. */
static int dirty(const char *uuid)
{
    char rate[32];

    if (!get("dirty", uuid, rate, sizeof rate))
        return 1;
    printf("{\"uuid\":\"%s\",\"dirty_mib_s\":%.6s}\n", uuid, rate);
    return 0;
}

/* The real one's checks are tested elsewhere. */
static int memory(const char *verb, const char *uuid, const char *mib)
{
    struct guest g;
    char text[200];
    long was;
    int fd = lock();

    if (!guest_of(uuid, &g))
        return 1;
    if (get("stiff", uuid, text, sizeof text)) {
        fprintf(stderr, "rackhop: %s's memory is not changed\n", g.name);
        return 1;
    }
    was = g.mib;
    if (!strcmp(verb, "set")) {
        if (!get("had", uuid, text, sizeof text)) {
            snprintf(text, sizeof text, "%ld", was);
            put("had", uuid, text);
        }
        g.mib = atol(mib);
    } else if (get("had", uuid, text, sizeof text)) {
        long had = atol(text);

        g.mib = *mib && was - atol(mib) > had ? was - atol(mib) : had;
        if (g.mib == had)
            drop("had", uuid);
    }
    snprintf(text, sizeof text, "%s %s %ld", g.name, g.host, g.mib);
    put("dom", uuid, text);
    note("memory %s %ld %ld", g.name, was, g.mib);
    close(fd);
    return 0;
}

/* --- migrate -------------------------------------------------------------------- */

struct sum {
    const char *host;
    long mib;
};

static void add_guest(void *arg, const char *uuid)
{
    struct sum *s = arg;
    struct guest g;

    if (guest_of(uuid, &g) && !strcmp(g.host, s->host))
        s->mib += g.mib;
}

static void add_arriving(void *arg, const char *uuid)
{
    struct sum *s = arg;
    char buf[128], host[64];
    long mib;

    if (get("arriving", uuid, buf, sizeof buf) &&
        sscanf(buf, "%63s %ld", host, &mib) == 2 && !strcmp(host, s->host))
        s->mib += mib;
}

/* Every cable carries 1000 Mbit/s: one to each host, one between h1, h2 and
 * h3, h4. */
struct rates {
    double from[8], to[8], across[2];
};

static void add_rate(void *arg, const char *uuid)
{
    struct rates *r = arg;
    char buf[256], id[128];
    unsigned from, to;
    double rate;
    long mib;

    if (!get("arriving", uuid, buf, sizeof buf) ||
        sscanf(buf, "h%u %ld %127s %lf h%u", &to, &mib, id, &rate, &from) !=
            5 ||
        from > 7 || to > 7)
        return;
    r->from[from] += rate;
    r->to[to] += rate;
    if ((from > 2) != (to > 2))
        r->across[from > 2] += rate;
}

static void check_links(const char *id)
{
    struct rates r = { { 0 }, { 0 }, { 0 } };
    /* a second run gets a quarter of a cable that the first has reserved */
    double most = 0, may = getenv("SIM_RUNS") ? 1250 : 1000;

    each("arriving", add_rate, &r);
    for (int i = 0; i < 8; i++) {
        most = r.from[i] > most ? r.from[i] : most;
        most = r.to[i] > most ? r.to[i] : most;
    }
    for (int i = 0; i < 2; i++)
        most = r.across[i] > most ? r.across[i] : most;
    if (most > may + 0.1)
        note("VIOLATION %s: a cable carries %.0f Mbit/s", id, most);
}

static void check_memory(const char *host, const char *id)
{
    struct sum s = { host, 0 };
    char buf[64];
    long memory = 0, reserved = 0;

    each("dom", add_guest, &s);
    each("arriving", add_arriving, &s);
    if (!get("hosts", host, buf, sizeof buf) ||
        sscanf(buf, "%ld %ld", &memory, &reserved) != 2)
        note("VIOLATION %s: no host %s", id, host);
    if (s.mib > memory - reserved)
        note("VIOLATION %s: %ld MiB of guests on %s", id, s.mib, host);
}

/* A guest that arrives has no device until it runs there. */
static void add_device(void *arg, const char *uuid)
{
    struct sum *s = arg;
    struct guest g;

    s->mib += guest_of(uuid, &g) && !strcmp(g.host, s->host);
}

static void check_devices(const char *host, const char *id)
{
    struct sum s = { host, 0 };
    char buf[64] = "0";

    each("device", add_device, &s);
    get("devices", host, buf, sizeof buf);
    if (s.mib > atol(buf))
        note("VIOLATION %s: %ld devices of guests on %s", id, s.mib, host);
}

/* The word for this attempt. */
static void injected(const char *uuid, char *word)
{
    char buf[256], rest[256] = "";

    strcpy(word, "ok");
    if (!get("inject", uuid, buf, sizeof buf) || sscanf(buf, "%15s", word) < 1)
        return;
    snprintf(rest, sizeof rest, "%s", strstr(buf, word) + strlen(word));
    put("inject", uuid, rest);
}

static void pause_ms(long ms)
{
    poll(NULL, 0, (int)ms);
}

static bool exists(const char *name)
{
    char path[512];

    path_of(path, name, "");
    return !access(path, F_OK);
}

static bool may_go(void)
{
    return exists("go");
}

static void copy_memory(const struct guest *g, const char *word)
{
    const char *ms = getenv("SIM_MS");

    for (int i = 0; i < 3 && !cancelled; i++) {
        printf("{\"event\":\"round\",\"t_s\":0.%d,\"bytes\":%ld,\"round\":%d,"
               "\"after\":true,\"dirty_pages\":256,\"pause_ms\":30,"
               "\"eta_ms\":100}\n",
               i, g->mib * 1048576 * (i + 1) / 3, i);
        fflush(stdout);
        pause_ms(ms ? atol(ms) : 5);
    }
    while ((!strcmp(word, "hold") || !strcmp(word, "lost")) && !may_go() &&
           !cancelled)
        pause_ms(20);
}

/* The last byte is sent: from now on it takes nothing of any cable. */
static void end_copy(const char *id, const char *uuid, const struct guest *g,
                     const char *to, const char *word)
{
    char text[128];
    int fd = lock();

    snprintf(text, sizeof text, "%s %ld %s 0 %s", to, g->mib, id, g->host);
    put("arriving", uuid, text);
    note("sent %s", id);
    close(fd);
    puts("{\"event\":\"copied\",\"t_s\":0.9}");
    fflush(stdout);
    while (!strcmp(word, "sent") && !may_go() && !cancelled)
        pause_ms(20);
}

/* What the real one leaves on this host. */
static void keep_record(const char *id, const char *uuid, int code)
{
    struct record r = { .epoch = 1,
                        .role = HO_SOURCE,
                        .state = code == 0   ? HO_DONE
                                 : code == 1 ? HO_ABORTED
                                             : HO_GO };
    char key[64], *text;
    struct msg err;
    struct store *s;
    uint64_t rev = 0;

    snprintf(key, sizeof key, "handover/%s", uuid);
    snprintf(r.uuid, sizeof r.uuid, "%s", uuid);
    snprintf(r.id, sizeof r.id, "%s", id);
    snprintf(r.name, sizeof r.name, "%s", uuid);
    snprintf(r.host, sizeof r.host, "far");
    snprintf(r.ssh, sizeof r.ssh, "ssh");
    snprintf(r.boot, sizeof r.boot, "boot");
    if (store_open(&s, path_state(), &err))
        abort();
    if (!store_get(s, key, &text, &rev))
        free(text);
    text = record_format(&r);
    if (!text || store_cas(s, key, rev, text, NULL))
        abort();
    free(text);
    store_close(s);
}

static int finish(const char *id, const char *uuid, int code)
{
    char text[16];

    snprintf(text, sizeof text, "%d", code);
    put("ids", id, text);
    keep_record(id, uuid, code);
    if (getenv("SIM_NOTE") && !code)
        printf("{\"event\":\"note\",\"text\":\"%s\"}\n", getenv("SIM_NOTE"));
    drop("arriving", uuid);
    note("end %s %d", id, code);
    return code;
}

static int end_line(const struct guest *g, int code, const char *error)
{
    printf("{\"event\":\"end\",\"outcome\":\"%s\",\"seconds\":1.5,"
           "\"downtime_ms\":42,\"bytes\":%ld,\"rounds\":3",
           code == 0   ? "moved"
           : code == 1 ? "stayed"
                       : "doubt",
           g->mib * 1048576);
    if (code)
        printf(",\"error\":\"%s\"", error);
    puts("}");
    fflush(stdout);
    return code;
}

static bool in_maintenance(const char *host)
{
    struct maintenance m;
    struct msg err;
    char dir[512];

    path_of(dir, "state", host);
    return maintenance_get(dir, &m, &err) > 0;
}

/* Waits as `migrate --hold` does. false: it is not to start. */
static bool is_started(const char *id, const char *uuid, char *rate)
{
    char line[STARTLINE_MAX];
    size_t n = 0;
    double mbps;

    put("heldby", uuid, id);
    note("held %s", id);
    puts("{\"event\":\"held\",\"t_s\":0}");
    fflush(stdout);
    while (n < sizeof line && !cancelled && !exists("expire")) {
        struct pollfd p = { STDIN_FILENO, POLLIN, 0 };

        if (poll(&p, 1, 20) <= 0)
            continue;
        if (read(STDIN_FILENO, line + n, 1) != 1)
            break;
        if (line[n++] != '\n')
            continue;
        line[n - 1] = '\0';
        if (startline_parse(line, &mbps))
            note("VIOLATION %s: %s is no line to start with", id, line);
        snprintf(rate, 32, mbps > 0 ? "%.3f" : "-", mbps);
        drop("heldby", uuid);
        return true;
    }
    drop("heldby", uuid);
    note("unstarted %s", id);
    return false;
}

static int migrate(const char *id, const char *uuid, const char *address,
                   const char *rate)
{
    const char *to = strncmp(address, "addr-", 5) ? address : address + 5;
    char word[16], text[128];
    struct guest g;
    int fd = lock(), code;

    if (get("ids", id, text, sizeof text) && atoi(text) != 5) {
        note("repeat %s", id);
        close(fd);
        return guest_of(uuid, &g) ? end_line(&g, atoi(text), "it stayed") : 1;
    }
    if (get("heldby", uuid, text, sizeof text) && guest_of(uuid, &g)) {
        note("busy %s with %s", id, text);
        code = finish(id, uuid, 1);
        close(fd);
        return end_line(&g, code, "another rackhop is working on it");
    }
    if (get("left", uuid, text, sizeof text) && guest_of(uuid, &g)) {
        drop("left", uuid);
        close(fd);
        return end_line(&g, finish(id, uuid, 0), "");
    }
    if (!get("dom", uuid, text, sizeof text)) {
        const struct guest none = { .mib = 0 };

        note("gone %s", id);
        close(fd);
        return end_line(&none, finish(id, uuid, 1), "there is no such guest");
    }
    if (!guest_of(uuid, &g) || strcmp(g.host, getenv("SIM_HOST"))) {
        note("VIOLATION %s: the guest is not on %s", id, getenv("SIM_HOST"));
        return 1;
    }
    if (in_maintenance(to)) { /* since the run looked */
        note("refused %s %s", id, to);
        code = finish(id, uuid, 1);
        close(fd);
        return end_line(&g, code, "the target host is in maintenance");
    }
    if (get("arriving", uuid, text, sizeof text) && !strstr(text, id))
        note("VIOLATION %s: %s moves already", id, uuid);
    injected(uuid, word);
    note("begin %s %s %s %s %s", id, g.name, g.host, to, rate);
    snprintf(text, sizeof text, "%s %ld %s %s %s", to, g.mib, id, rate,
             g.host);
    put("arriving", uuid, text);
    check_memory(to, id);
    check_links(id);
    close(fd);
    copy_memory(&g, word);
    if (!strcmp(word, "die"))
        kill(getpid(), SIGKILL);
    if (!cancelled)
        end_copy(id, uuid, &g, to, word);
    fd = lock();
    code = cancelled || !strcmp(word, "fail") || !strcmp(word, "lost") ? 1
           : !strcmp(word, "doubt")                                    ? 5
           : !strcmp(word, "gone")                                     ? 5
                                                                       : 0;
    if (!strcmp(word, "gone"))
        put("left", uuid, g.host);
    if (!code || !strcmp(word, "gone")) {
        snprintf(text, sizeof text, "%s %s %ld", g.name, to, g.mib);
        put("dom", uuid, text);
        check_devices(to, id);
    }
    finish(id, uuid, code);
    close(fd);
    return end_line(&g, code,
                    cancelled ? "cancelled" : "the connection broke");
}

/* --- hooks ---------------------------------------------------------------------- */

static void find_guest(void *arg, const char *uuid)
{
    struct printing *p = arg;
    struct guest g;

    p->more |= guest_of(uuid, &g) && !strcmp(g.host, p->host);
}

static int is_hook(void *arg, const struct hook_record *r)
{
    return 0;
}

/* As hook_guard(), which asks Xen: may a hook begin here? The options are taken
 * away, so that the real one does not ask. */
static bool may_hook(char **argv)
{
    struct printing p = { getenv("SIM_HOST"), false };
    const char *id = "", *boot = "";
    char is[64] = "", **to = argv;
    bool guarded = false;
    struct maintenance m;
    struct msg err;

    for (; *argv && strcmp(*argv, "--"); argv++) {
        if (!strcmp(*argv, "--if-empty")) {
            guarded = true;
            continue;
        }
        if (!strcmp(*argv, "--if-boot")) {
            boot = *++argv;
            continue;
        }
        if (!strcmp(*argv, "--id"))
            id = argv[1];
        *to++ = *argv;
    }
    while ((*to++ = *argv++))
        ;
    if (!guarded ||
        hook_each(path_state(), id, is_hook, NULL, &err) != -ENOENT)
        return true;
    get("boot", p.host, is, sizeof is);
    each("dom", find_guest, &p);
    if (p.more)
        fprintf(stderr, "rackhop: a guest is on it\n");
    else if (maintenance_get(path_state(), &m, &err) <= 0)
        fprintf(stderr, "rackhop: it is not in maintenance any more\n");
    else if (*boot && strncmp(boot, is, 36) != 0)
        fprintf(stderr, "rackhop: it was booted before its hook began\n");
    else if (!hook_none_runs(path_state(), id, &err))
        return true;
    else
        fprintf(stderr, "rackhop: %s\n", err.text);
    return false;
}

/* What the host says that it has sampled, whatever it is asked for. */
static bool sampled(void)
{
    char path[4096], part[4096];
    size_t n;
    FILE *f;

    path_of(path, "sampled", getenv("SIM_HOST"));
    f = fopen(path, "r");
    if (!f)
        return false;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        fwrite(part, 1, n, stdout);
    fclose(f);
    return true;
}

/* As 0.6.0 has it. */
static bool is_unknown_of_old(int argc, char **argv)
{
    return exists("old") && argc > 1 && !strcmp(argv[0], "maintenance") &&
           (!strcmp(argv[1], "hold") || !strcmp(argv[1], "release") ||
            (argc > 2 && !strcmp(argv[1], "clear")));
}

static int host_command(int argc, char **argv)
{
    const char *id = "none", *rate = "-", *real = getenv("REAL");
    bool hold = false;
    char told[32];
    struct sigaction sa = { .sa_handler = on_term };
    int at = 1;

    if (argc > 3 && !strcmp(argv[1], "--config"))
        at = 3;
    if (at < argc && !strcmp(argv[at], "dirty"))
        return dirty(argv[argc - 1]);
    if (at < argc && !strcmp(argv[at], "facts"))
        return facts(getenv("SIM_HOST"));
    if (at + 2 < argc && !strcmp(argv[at], "memory"))
        return memory(argv[at + 1], argv[at + 2],
                      at + 3 < argc ? argv[at + 3] : "");
    if (at < argc && !strcmp(argv[at], "topology"))
        return 1;
    if (at < argc && !strcmp(argv[at], "samples") && sampled())
        return 0;
    if (is_unknown_of_old(argc - at, argv + at))
        return RC_USAGE;
    if (at < argc && !strcmp(argv[at], "hook") && !may_hook(argv + at))
        return RC_FAILED;
    if (at >= argc || strcmp(argv[at], "migrate")) {
        execv(real, argv);
        return 127;
    }
    sigaction(SIGTERM, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
    for (at++; at < argc && *argv[at] == '-'; at++)
        if (!strcmp(argv[at], "--id"))
            id = argv[++at];
        else if (!strcmp(argv[at], "--rate"))
            rate = argv[++at];
        else if (!strcmp(argv[at], "--downtime"))
            at++;
        else if (!strcmp(argv[at], "--lanes"))
            note("lanes %s %s", id, argv[++at]);
        else if (!strcmp(argv[at], "--hold"))
            hold = ++at;
    if (argc - at != 2)
        return 2;
    if (hold && !is_started(id, argv[at], told))
        return RC_UNSTARTED;
    if (hold)
        rate = told;
    return migrate(id, argv[at], argv[at + 1], rate);
}

static int ssh(const char *address, char *command)
{
    const char *host = address + 5, *path = getenv("PATH");
    char buf[4096], down[64];

    if (strncmp(address, "addr-", 5) || get("down", host, down, sizeof down)) {
        fprintf(stderr, "ssh: connect to host %s: No route to host\n",
                address);
        return 255;
    }
    if (exists("old") &&
        (strstr(command, "--hold") || strstr(command, "--lanes"))) {
        fputs("rackhop: migrate has no such option\n", stderr);
        return 2;
    }
    if (strstr(command, "move run")) { /* the end of a connection, to cut */
        snprintf(buf, sizeof buf, "%d", (int)getpid());
        put("fronts", buf, buf);
    }
    if (strstr(command, "reserve") && strstr(command, "release"))
        note("release %s", host);
    if (strstr(command, "move cancel") && get("slow", "", down, sizeof down))
        pause_ms(4000);
    setenv("SIM_HOST", host, 1);
    snprintf(buf, sizeof buf, "%s/state/%s", sim, host);
    setenv("RACKHOP_STATE_DIR", buf, 1);
    snprintf(buf, sizeof buf, "%s/runtime/%s", sim, host);
    setenv("RACKHOP_RUN_DIR", buf, 1);
    path_of(buf, "boot", host);
    setenv("RACKHOP_BOOT_ID", buf, 1);
    snprintf(buf, sizeof buf, "%s/bin/rackhop", sim);
    setenv("RACKHOP_SELF", buf, 1);
    snprintf(buf, sizeof buf, "%s/bin:%s", sim, path);
    setenv("PATH", buf, 1);
    path_of(buf, "conf-of", host);
    if (access(buf, R_OK))
        unsetenv("RACKHOP_CONF");
    else
        setenv("RACKHOP_CONF", buf, 1);
    setenv("SSH_CONNECTION", "127.0.0.1 40000 127.0.0.1 22", 1);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    return 255;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');

    sim = getenv("SIM");
    if (!sim)
        return 2;
    name = name ? name + 1 : argv[0];
    if (!strcmp(name, "rackhop"))
        return host_command(argc, argv);
    return argc == 3 ? ssh(argv[1], argv[2]) : 2;
}
