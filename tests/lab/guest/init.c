/* SPDX-License-Identifier: LGPL-2.1-only
 *
 * The only program of a lab guest. The parent sends a numbered tick every 10 ms
 * to the collector, so that downtime is measured from outside; the child
 * dirties memory at a set rate and can prove that none of it was lost.
 *
 * Settings come from the kernel command line, which hands what it does not
 * know itself to init's environment:
 *   name=STR            name in the ticks
 *   addr= dst=A.B.C.D   address of eth0 (/24), where the ticks go (port 7777)
 *   bond=1              the address is bond0's, the kernel's bond of eth0 and,
 *                       whenever there is one, eth1
 *   tick=MS             period of the ticks and of the writing (10);
 *   every=N             each Nth tick also goes to the console (100)
 *   mb=N                buffer in MiB (4)
 *   ws=N                working set: how much of it, from its start, is
 *                       written (all); in KiB or MiB with a K or M behind it
 *   rate=N              pages written each second (0)
 *   burst=ON,OFF        write for ON ms, rest for OFF ms, over and over
 *   order=seq|random    the order of the pages (seq)
 *   fill=random|zero    what is in the words that are never rewritten (random)
 *   burn=PERCENT        of a processor that a third process uses, by what work
 *                       takes while nobody else wants the processor (0)
 *   burners=N           so many processes do that, each (1)
 *   swap=DEVICE         swaps to this disk from the start (/dev/xvdb)
 *   peer=A.B.C.D talk=N datagrams of 1400 bytes that another process sends there
 *                       each second (port 7778), and it takes what comes (0)
 * A datagram "rate N", "ws N", "burst ON OFF", "burn N", "talk N", "order
 * seq|random" to port 7777 changes a setting while it runs. "check ID" makes the
 * child verify every page; the ticks then carry "check ID bad PAGES" (ID > 0).
 * "spoil N" damages page N behind the book-keeping's back, to test the check
 * itself. "free" in a tick is what the kernel has left, in KiB; "steal" is for how
 * long its vCPUs waited for a processor by Xen's own clock, in all, in ms. A guest
 * whose child is gone crashes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096
#define WORDS (PAGE / sizeof(uint64_t))
#define PORT  7777

/* Written by the parent: settings. Written by the child: results. */
struct shared {
    volatile long rate, ws, burst_on, burst_off, shuffle, asked, spoil, burn;
    volatile long talk;
    volatile unsigned long dirtied, checked, bad;
};

/* Private to the child. seq[i] is what page i must carry; sum is the xor of
 * their marks, so that a stale part of seq itself is found as well. */
struct memory {
    uint64_t *words, *seq;
    uint64_t next_seq, sum, state;
    unsigned long pages, at;
    int fill;
};

static const char *opt(const char *key, const char *dflt)
{
    const char *v = getenv(key);

    return v ? v : dflt;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* pages of "N", "NM" (MiB) or "NK" (KiB) */
static long to_pages(const char *s)
{
    char *end;
    long n = strtol(s, &end, 10);

    return *end == 'K' ? n / 4 : n * 256;
}

/* --- memory ---------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t mark(uint64_t seq, unsigned long page)
{
    return mix(seq ^ mix(page));
}

static uint64_t filler(const struct memory *m, unsigned long page, size_t k)
{
    return m->fill ? mix(page * WORDS + k) : 0;
}

static void write_page(struct memory *m, unsigned long i)
{
    uint64_t *w = m->words + i * WORDS;

    m->sum ^= mark(m->seq[i], i);
    m->seq[i] = ++m->next_seq;
    m->sum ^= mark(m->seq[i], i);
    w[0] = m->seq[i];
    w[1] = i;
    w[WORDS - 1] = mark(m->seq[i], i);
}

static int page_is_good(const struct memory *m, unsigned long i)
{
    const uint64_t *w = m->words + i * WORDS;

    if (w[0] != m->seq[i] || w[1] != i || w[WORDS - 1] != mark(m->seq[i], i))
        return 0;
    for (size_t k = 2; k < WORDS - 1; k++)
        if (w[k] != filler(m, i, k))
            return 0;
    return 1;
}

static unsigned long count_bad(const struct memory *m)
{
    unsigned long bad = 0;
    uint64_t sum = 0;

    for (unsigned long i = 0; i < m->pages; i++) {
        bad += !page_is_good(m, i);
        sum ^= mark(m->seq[i], i);
    }
    return bad + (sum != m->sum);
}

static unsigned long next_page(struct memory *m, const struct shared *sh)
{
    if (sh->shuffle) {
        m->state = mix(m->state);
        return m->state % (unsigned long)sh->ws;
    }
    if (m->at >= (unsigned long)sh->ws)
        m->at = 0;
    return m->at++;
}

static void memory_init(struct memory *m, long pages, int fill)
{
    m->pages = (unsigned long)pages;
    m->fill = fill;
    m->words = mmap(0, m->pages * PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    m->seq = calloc(m->pages, sizeof *m->seq);
    if (m->words == MAP_FAILED || !m->seq) {
        printf("init: no memory for %ld pages\n", pages);
        _exit(1);
    }
    for (unsigned long i = 0; i < m->pages; i++) {
        for (size_t k = 2; k < WORDS - 1; k++)
            m->words[i * WORDS + k] = filler(m, i, k);
        m->sum ^= mark(0, i);
        write_page(m, i);
    }
}

static int resting(const struct shared *sh, double t)
{
    long on = sh->burst_on, off = sh->burst_off;

    return on && off && (long)(t * 1e3) % (on + off) >= on;
}

static void dirtier(struct shared *sh, long pages, int fill, unsigned nap_us)
{
    struct memory m = { .state = 1 };
    double last, owed = 0;

    memory_init(&m, pages, fill);
    last = now();
    for (;;) {
        usleep(nap_us);
        double t = now();
        /* no burst after the guest itself stood still */
        double dt = t - last > 0 && t - last < 0.5 ? t - last : 0;

        last = t;
        if (!resting(sh, t))
            owed += dt * (double)sh->rate;
        if (owed > (double)sh->rate)
            owed = (double)sh->rate;
        for (; owed >= 1; owed--, sh->dirtied++)
            write_page(&m, next_page(&m, sh));
        if (sh->spoil >= 0) {
            m.words[(unsigned long)sh->spoil * WORDS + WORDS / 2] ^= 1;
            sh->spoil = -1;
        }
        if ((unsigned long)sh->asked != sh->checked) {
            unsigned long id = (unsigned long)sh->asked;

            sh->bad = count_bad(&m);
            sh->checked = id;
        }
    }
}

/* --- processor -------------------------------------------------------------- */

#define CHUNK  20000 /* rounds of work between two looks at the clock */
#define PERIOD 0.1   /* seconds */

static double chunk(uint64_t *state)
{
    double t = now();

    for (int i = 0; i < CHUNK; i++)
        *state = mix(*state);
    return now() - t;
}

/* What a chunk takes while nobody interrupts it is the least of many. */
static void burner(struct shared *sh)
{
    volatile uint64_t kept;
    uint64_t state = 1;
    double alone = 1;

    for (int i = 0; i < 100; i++) {
        double t = chunk(&state);

        alone = t > 0 && t < alone ? t : alone;
    }
    for (;;) {
        double due = now() + PERIOD, left;
        long chunks = (long)(PERIOD * (double)sh->burn / 100 / alone);

        while (chunks-- > 0)
            chunk(&state);
        kept = state;
        left = due - now();
        if (sh->burn < 100 && left > 0)
            usleep((useconds_t)(left * 1e6));
    }
    (void)kept;
}

/* Most guests never burn, and have no processes for it. */
static void burn(struct shared *sh, long percent)
{
    static int begun;

    sh->burn = percent;
    if (!percent || begun++)
        return;
    for (long n = atol(opt("burners", "1")); n > 0; n--)
        if (!fork()) {
            setpriority(PRIO_PROCESS, 0, 0); /* not before ticks and dirt */
            burner(sh);
        }
}

/* The disk's device file is the kernel's own business (devtmpfs). */
static void swap_on(const char *device)
{
    if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL))
        perror("init: /dev");
    for (int i = 0; i < 6000 && access(device, F_OK); i++)
        usleep(10000);
    if (swapon(device, 0))
        perror("init: swap");
}

/* --- network --------------------------------------------------------------- */

/* Takes an interface into bond0, which wants it down, unless it is in it or is
 * not there. */
static void net_enslave(int s, const char *name)
{
    struct ifreq r = { .ifr_flags = 0 }, bond = { .ifr_name = "bond0" };

    strcpy(r.ifr_name, name);
    if (ioctl(s, SIOCGIFFLAGS, &r) < 0 || r.ifr_flags & IFF_SLAVE)
        return;
    r.ifr_flags = 0;
    ioctl(s, SIOCSIFFLAGS, &r);
    strcpy(bond.ifr_slave, name);
    if (ioctl(s, SIOCBONDENSLAVE, &bond) < 0)
        perror("init: bond");
}

static int net_up(const char *addr, int bonds)
{
    struct ifreq r = { .ifr_name = "eth0" };
    struct sockaddr_in *a = (void *)&r.ifr_addr;
    struct sockaddr_in me = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    for (int i = 0; i < 6000 && ioctl(s, SIOCGIFFLAGS, &r) < 0; i++)
        usleep(10000);
    if (bonds)
        strcpy(r.ifr_name, "bond0");
    a->sin_family = AF_INET;
    a->sin_port = 0;
    inet_pton(AF_INET, addr, &a->sin_addr);
    if (ioctl(s, SIOCSIFADDR, &r) < 0)
        perror("init: address");
    inet_pton(AF_INET, "255.255.255.0", &a->sin_addr);
    ioctl(s, SIOCSIFNETMASK, &r);
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(s, SIOCSIFFLAGS, &r) < 0)
        perror("init: up");
    if (bonds)
        net_enslave(s, "eth0");
    if (bind(s, (void *)&me, sizeof me))
        perror("init: bind");
    return s;
}

/* Ten times a second what is due; what nobody takes is lost. */
static void talker(const struct shared *sh, const char *peer)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(PORT + 1) };
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    static char said[1400], heard[64];
    double last = now(), owed = 0;

    if (bind(s, (void *)&at, sizeof at))
        perror("init: bind");
    inet_pton(AF_INET, peer, &at.sin_addr);
    for (;;) {
        usleep(100000);
        double t = now(), dt = t - last;

        last = t;
        /* no burst after the guest itself stood still */
        owed += (double)sh->talk * (dt > 0 && dt < 0.5 ? dt : 0);
        for (; owed >= 1; owed--)
            sendto(s, said, sizeof said, 0, (void *)&at, sizeof at);
        while (recv(s, heard, sizeof heard, 0) > 0)
            ;
    }
}

/* Most guests have no peer, and no process for it. */
static void talk(struct shared *sh, const char *peer)
{
    sh->talk = atol(opt("talk", "0"));
    if (!*peer || fork())
        return;
    setpriority(PRIO_PROCESS, 0, 0);
    talker(sh, peer);
}

static void clamp_ws(struct shared *sh, long ws, long pages)
{
    sh->ws = ws < 1 || ws > pages ? pages : ws;
}

static void command(struct shared *sh, const char *m, long pages)
{
    char word[16];
    long a, b;

    if (sscanf(m, "rate %ld", &a) == 1 && a >= 0)
        sh->rate = a;
    else if (sscanf(m, "ws %15s", word) == 1)
        clamp_ws(sh, to_pages(word), pages);
    else if (sscanf(m, "burst %ld %ld", &a, &b) == 2 && a >= 0 && b >= 0) {
        sh->burst_off = b;
        sh->burst_on = a;
    } else if (sscanf(m, "order %15s", word) == 1)
        sh->shuffle = !strcmp(word, "random");
    else if (sscanf(m, "spoil %ld", &a) == 1 && a >= 0 && a < pages)
        sh->spoil = a;
    else if (sscanf(m, "burn %ld", &a) == 1 && a >= 0 && a <= 100)
        burn(sh, a);
    else if (sscanf(m, "talk %ld", &a) == 1 && a >= 0 && a <= 10000)
        sh->talk = a;
    else if (sscanf(m, "check %ld", &a) == 1 && a > 0)
        sh->asked = a;
}

/* Until the next tick is due, take what comes in. */
static void listen_until(int s, double due, struct shared *sh, long pages)
{
    double left;

    while ((left = due - now()) > 0) {
        struct pollfd p = { .fd = s, .events = POLLIN };
        struct timespec ts = { .tv_sec = (time_t)left };
        char m[64] = "";

        ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
        if (ppoll(&p, 1, &ts, NULL) > 0 && recv(s, m, sizeof m - 1, 0) > 0)
            command(sh, m, pages);
    }
}

static unsigned long free_kib(void)
{
    struct sysinfo i;

    return sysinfo(&i) ? 0 : i.freeram * i.mem_unit / 1024;
}

/* Xen tells a guest in which states its vCPUs were, and Linux counts what was
 * neither running nor idle. */
static long steal_ms(void)
{
    FILE *f = fopen("/proc/stat", "r");
    long ticks = 0;

    if (!f || fscanf(f, "cpu %*d %*d %*d %*d %*d %*d %*d %ld", &ticks) != 1)
        ticks = 0;
    if (f)
        fclose(f);
    return ticks * 1000 / sysconf(_SC_CLK_TCK);
}

static void tick_forever(struct shared *sh, int s, int bonds, long pages)
{
    const char *name = opt("name", "guest"), *dst = opt("dst", "");
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    double period = atof(opt("tick", "10")) / 1e3, due = now();
    long every = atol(opt("every", "100"));

    inet_pton(AF_INET, dst, &to.sin_addr);
    for (unsigned long n = 0;; n++) {
        char line[192];
        int l = snprintf(line, sizeof line,
                         "%s tick %lu at %.3f dirtied %lu check %lu bad %lu "
                         "free %lu steal %ld\n",
                         name, n, now(), sh->dirtied, sh->checked, sh->bad,
                         free_kib(), steal_ms());

        if (every > 0 && n % (unsigned long)every == 0)
            fputs(line, stdout);
        if (bonds && n % 10 == 0)
            net_enslave(s, "eth1");
        if (s >= 0 && *dst)
            sendto(s, line, (size_t)l, MSG_DONTWAIT, (void *)&to, sizeof to);
        due += period;
        /* the clock may jump when the guest is resumed elsewhere */
        if (due < now() - 1 || due > now() + 1 + period)
            due = now();
        listen_until(s, due, sh, pages);
        /* for want of memory: ticks alone would look as if all were well */
        if (waitpid(-1, NULL, WNOHANG) > 0) {
            printf("init: the writer is gone\n");
            exit(1);
        }
    }
}

/* --- start ----------------------------------------------------------------- */

/* What "bonding.mode=.." on the kernel's command line gives to the module of
 * "/mod/12-bonding.ko": the kernel does that for its own ones alone. */
static void module_options(const char *path, char *to, size_t size)
{
    const char *dash = strchr(path, '-');
    size_t n = dash ? strcspn(++dash, ".") : 0;
    char line[2048] = "";
    FILE *f = fopen("/proc/cmdline", "r");

    *to = '\0';
    if (!f || !n)
        return;
    if (fgets(line, sizeof line, f))
        for (char *w = strtok(line, " \n"); w; w = strtok(NULL, " \n"))
            if (!strncmp(w, dash, n) && w[n] == '.' &&
                strlen(to) + strlen(w + n) < size)
                strcat(strcat(to, w + n + 1), " ");
    fclose(f);
}

static void load_modules(void)
{
    glob_t g;

    if (glob("/mod/*", 0, 0, &g))
        return;
    for (size_t i = 0; i < g.gl_pathc; i++) {
        int f = open(g.gl_pathv[i], O_RDONLY);
        char options[512];

        module_options(g.gl_pathv[i], options, sizeof options);
        if (syscall(SYS_finit_module, f, options, 0))
            perror(g.gl_pathv[i]);
        close(f);
    }
}

int main(void)
{
    long pages = to_pages(opt("mb", "4")), on, off;
    const char *addr = opt("addr", NULL);
    int bonds = atoi(opt("bond", "0"));
    struct shared *sh = mmap(0, PAGE, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    setvbuf(stdout, 0, _IOLBF, 0);
    if (mount("proc", "/proc", "proc", 0, NULL))
        perror("init: /proc");
    load_modules();
    if (sh == MAP_FAILED || pages < 1) {
        printf("init: mb=%s does not do\n", opt("mb", "4"));
        return 1;
    }
    sh->spoil = -1;
    sh->rate = atol(opt("rate", "0"));
    if (*opt("swap", ""))
        swap_on(opt("swap", ""));
    sh->shuffle = !strcmp(opt("order", "seq"), "random");
    clamp_ws(sh, to_pages(opt("ws", "0")), pages);
    if (sscanf(opt("burst", ""), "%ld,%ld", &on, &off) == 2) {
        sh->burst_on = on;
        sh->burst_off = off;
    }
    if (!fork())
        dirtier(sh, pages, strcmp(opt("fill", "random"), "zero"),
                (unsigned)(atof(opt("tick", "10")) * 1e3));
    burn(sh, atol(opt("burn", "0")));
    talk(sh, opt("peer", ""));
    setpriority(PRIO_PROCESS, 0, -15); /* ticks before dirt */
    tick_forever(sh, addr ? net_up(addr, bonds) : -1, bonds, pages);
}
