/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What guests send each other over Open vSwitch: its flows as they are printed,
 * two looks at them; a real one with the datapath that needs no kernel module, in
 * a network namespace of this process; and one that was made up, which fails.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <math.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/talks_rig.h"
#include "tests/lib/tmpdir.h"
#include "tools/base/clock.h"
#include "tools/base/file.h"
#include "tools/daemon/agent_impl.h"
#include "tools/daemon/agent_talks.h"
#include "tools/daemon/talk_flows.h"
#include "tools/doc/talks.h"

#define MAC_A 0x00163e000001ull
#define MAC_B 0x00163e000002ull
#define A     "00:16:3e:00:00:01"
#define B     "00:16:3e:00:00:02"
#define FLOW(pass_, port_, eth_, more_, bytes_)                               \
    "recirc_id(" pass_ "),in_port(" port_ "),packet_type(ns=0,id=0),"         \
    "eth(" eth_ "),eth_type(0x0800)," more_                                   \
    "ipv4(frag=no), packets:9, bytes:" bytes_ ", used:0.1s, actions:2\n"
#define A_TO_B "src=" A ",dst=" B
#define B_TO_A "src=" B ",dst=" A
#define THREAD "flow-dump from the main thread:\n"

/* --- flows ------------------------------------------------------------------- */

static void flows_are_read(void **state)
{
    static const struct {
        const char *text;
        int rc, n;
        uint64_t bytes; /* of the first */
    } cases[] = {
        { "", 0, 0, 0 },
        { THREAD, 0, 0, 0 },
        { THREAD FLOW("0", "vif7.0", A_TO_B, "", "5"), 0, 1, 5 },
        { FLOW("0x1f", "vif7.0", A_TO_B, "", "18446744073709551615"), 0, 1,
          UINT64_MAX },
        { "ufid:1, skb_mark(0/0)," FLOW("0", "vif7.0", A_TO_B, "", "5")
              FLOW("0", "vif8.0", B_TO_A, "", "6"),
          0, 2, 5 },
        { FLOW("0", "vif7.0", A_TO_B, "", "5") "what is this\n", 0, 1, 5 },
        /* one side, or a part of an address, tells nobody's */
        { FLOW("0", "vif7.0", "dst=" B, "", "5"), 0, 0, 0 },
        { FLOW("0", "vif7.0", "src=" A, "", "5"), 0, 0, 0 },
        { FLOW("0", "vif7.0", "src=" A "/ff:ff:ff:00:00:00,dst=" B, "", "5"),
          0, 0, 0 },
        { FLOW("0", "vif7.0", A_TO_B "/ff:ff:ff:00:00:00", "", "5"), 0, 0, 0 },
        /* numbers that are none, names that are too long */
        { FLOW("0", "vif7.0", A_TO_B, "", "18446744073709551616"), 0, 0, 0 },
        { FLOW("0", "vif7.0", A_TO_B, "", "-1"), 0, 0, 0 },
        { FLOW("0", "vif7.0", A_TO_B, "", ""), 0, 0, 0 },
        { FLOW("0", "", A_TO_B, "", "5"), 0, 0, 0 },
        { FLOW("0", "a-name-of-16-cha", A_TO_B, "", "5"), 0, 0, 0 },
        /* addresses in the actions are not those of the match */
        { "recirc_id(0),in_port(vif7.0), packets:1, bytes:5, used:1s, "
          "actions:push,eth(" A_TO_B "), bytes:5,\n",
          0, 0, 0 },
        { "2026-11-30 no flows\n", -EINVAL, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ovs_flow *flow = NULL;
        size_t n = 0, len = strlen(cases[i].text);
        int rc = ovs_flows(&flow, &n, cases[i].text, len);

        if (rc != cases[i].rc || (int)n != cases[i].n ||
            (n && (flow->bytes != cases[i].bytes || flow->from != MAC_A ||
                   flow->to != MAC_B || strcmp(flow->port, "vif7.0") != 0)))
            fail_msg("case %zu: %d, %zu flows", i, rc, n);
        free(flow);
        for (size_t cut = 0; cut < len; cut++) {
            flow = NULL;
            (void)ovs_flows(&flow, &n, cases[i].text, cut);
            free(flow);
        }
    }
}

/* --- looks ------------------------------------------------------------------- */

static struct talk_vif vif[] = {
    { "vif7.0", 7, MAC_A, true, true, true },
    { "vif8.0", 8, MAC_B, true, true, true },
    { "vif9.0", 9, MAC_A + 2, true, false, true }, /* on a bridge */
};

static size_t look(struct talk_flows *f, struct talk_loud *loud,
                   const char *text, struct nft_pair *pair, size_t most)
{
    struct talk_vifs v = { .vif = vif, .n = 3, .ovs = 2 };
    struct ovs_flow *flow = NULL;
    size_t n = 0;

    assert_int_equal(ovs_flows(&flow, &n, text, strlen(text)), 0);
    return talk_flows_look(f, flow, n, &v, loud, pair, most);
}

static void two_looks(void **state)
{
    static const struct {
        const char *was, *now;
        size_t n;
        uint64_t bytes; /* of A to B */
    } cases[] = {
        /* what was there is not new; what comes is */
        { FLOW("0", "vif7.0", A_TO_B, "", "100"),
          FLOW("0", "vif7.0", A_TO_B, "", "150"), 1, 50 },
        { "", FLOW("0", "vif7.0", A_TO_B, "", "150"), 1, 150 },
        { FLOW("0", "vif7.0", A_TO_B, "", "100"), "", 0, 0 },
        { FLOW("0", "vif7.0", A_TO_B, "", "100"),
          FLOW("0", "vif7.0", A_TO_B, "", "30"), 1, 30 },
        /* one of a pair's flows goes, another comes */
        { FLOW("0", "vif7.0", A_TO_B, "tcp,", "100")
              FLOW("0", "vif7.0", A_TO_B, "udp,", "900"),
          FLOW("0", "vif7.0", A_TO_B, "tcp,", "110")
              FLOW("0", "vif7.0", A_TO_B, "icmp,", "7"),
          1, 17 },
        /* each thread has its own */
        { "flow-dump from pmd on cpu core: 1\n" FLOW(
              "0", "vif7.0", A_TO_B, "",
              "100") "flow-dump from pmd on cpu core: 2\n" FLOW("0", "vif7.0",
                                                                A_TO_B, "",
                                                                "900"),
          "flow-dump from pmd on cpu core: 1\n" FLOW("0", "vif7.0", A_TO_B, "",
                                                     "101"),
          1, 1 },
        /* a frame that comes again is counted once, also if the first pass did
         * not look at all addresses */
        { "",
          FLOW("0", "vif7.0", A_TO_B, "", "50")
              FLOW("0x1", "vif7.0", A_TO_B, "", "70")
                  FLOW("0x1", "vif7.0", A_TO_B, "udp,", "8")
                      FLOW("0x2", "vif7.0", A_TO_B, "", "60"),
          1, 78 },
        /* one that a dump tells twice, while it grows */
        { FLOW("0", "vif7.0", A_TO_B, "", "100")
              FLOW("0", "vif7.0", A_TO_B, "", "101"),
          FLOW("0", "vif7.0", A_TO_B, "", "151")
              FLOW("0", "vif7.0", A_TO_B, "", "150"),
          1, 50 },
        /* in another's name, from elsewhere, to all */
        { "", FLOW("0", "vif8.0", A_TO_B, "", "50"), 0, 0 },
        { "", FLOW("0", "eth0", A_TO_B, "", "50"), 0, 0 },
        { "", FLOW("0", "vif7.0", "src=" A ",dst=ff:ff:ff:ff:ff:ff", "", "5"),
          0, 0 },
        { "", FLOW("0", "vif9.0", "src=00:16:3e:00:00:03,dst=" A, "", "5"), 0,
          0 },
    };
    struct nft_pair pair[8];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talk_flows f = { .n = 0 };
        struct talk_loud loud = { .guest = { { 0, 0 } } };
        size_t n;

        (void)look(&f, &loud, cases[i].was, pair, 8);
        for (size_t k = 0; k < 8; k++)
            pair[k].bytes = 99;
        n = look(&f, &loud, cases[i].now, pair, 8);
        if (n != cases[i].n ||
            (n && (pair->from != MAC_A || pair->to != MAC_B ||
                   pair->bytes != cases[i].bytes)))
            fail_msg("case %zu: %zu pairs, %llu bytes", i, n,
                     (unsigned long long)pair->bytes);
        talk_flows_dispose(&f);
    }
}

/* A dump may miss a flow that is there: when it is back, its life is not new.
 * One that was away for longer is another. */
static void a_flow_that_is_missed(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        uint64_t bytes; /* of the first pair */
    } looks[] = {
        { FLOW("0", "vif7.0", A_TO_B, "tcp,", "900")
              FLOW("0", "vif7.0", A_TO_B, "udp,", "100")
                  FLOW("0", "vif8.0", B_TO_A, "", "70"),
          2, 0 },
        { FLOW("0", "vif7.0", A_TO_B, "udp,", "105"), 1, 5 },
        { FLOW("0", "vif7.0", A_TO_B, "tcp,", "930")
              FLOW("0", "vif7.0", A_TO_B, "udp,", "106")
                  FLOW("0", "vif8.0", B_TO_A, "", "71"),
          2, 31 },
        { FLOW("0", "vif8.0", B_TO_A, "", "72"), 1, 1 },
        { "", 0, 0 },
        { FLOW("0", "vif7.0", A_TO_B, "tcp,", "940")
              FLOW("0", "vif8.0", B_TO_A, "", "75"),
          2, 940 },
        { FLOW("0", "vif8.0", B_TO_A, "", "75"), 1, 0 },
    };
    struct talk_flows f = { .n = 0 };
    struct talk_loud loud = { .guest = { { 0, 0 } } };
    struct nft_pair pair[8];

    (void)state;
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        size_t n = look(&f, &loud, looks[i].text, pair, 8);

        if (n != looks[i].n || (n && pair->bytes != looks[i].bytes))
            fail_msg("look %zu: %zu pairs, %llu bytes", i, n,
                     (unsigned long long)pair->bytes);
    }
    talk_flows_dispose(&f);
}

/* The first look tells nothing but who talks. */
static void the_first_look(void **state)
{
    struct talk_flows f = { .n = 0 };
    struct talk_loud loud = { .guest = { { 0, 0 } } };
    struct nft_pair pair[8];

    (void)state;
    assert_int_equal(
        look(&f, &loud, FLOW("0", "vif7.0", A_TO_B, "", "50"), pair, 8), 1);
    assert_true(pair->bytes == 0 && f.known);
    talk_flows_dispose(&f);
}

static unsigned louds;

static void tell_loud(const char *text)
{
    louds += strstr(text, "more than 256") != NULL;
}

/* One that makes addresses up leaves room for the other, is found, and what it
 * had sent until it is looked at again is not new then. */
static void a_loud_guest(void **state)
{
    enum { MADE_UP = 2000 };
    struct talk_flows f = { .n = 0 };
    struct talk_loud loud = { .guest = { { 0, 0 } } };
    const struct talk_vifs all = { .vif = vif, .n = 3, .ovs = 2 };
    static struct nft_pair pair[512];
    size_t len, n;
    char *text = NULL;
    FILE *to = open_memstream(&text, &len);

    (void)state;
    for (unsigned i = 0; i < MADE_UP; i++)
        fprintf(to,
                "recirc_id(0),in_port(vif7.0),eth(src=" A
                ",dst=02:00:00:00:%02x:%02x), packets:1, bytes:60,\n",
                i >> 8, i & 255);
    fputs(FLOW("0", "vif8.0", B_TO_A, "", "60"), to);
    assert_int_equal(fclose(to), 0);
    assert_int_equal(look(&f, &loud, THREAD, pair, 512), 0);
    n = look(&f, &loud, text, pair, 512);
    assert_int_equal(n, TALK_PEERS + 2);
    assert_true(pair[n - 1].from == MAC_B && pair[n - 1].bytes == 60);
    assert_false(talk_loud_look(&loud, &all, pair, n, 5, tell_loud));
    assert_int_equal(louds, 1);
    assert_int_equal(look(&f, &loud, text, pair, 512), 1);
    memset(&loud, 0, sizeof loud);
    n = look(&f, &loud, text, pair, 512);
    for (size_t i = 0; i < n; i++)
        assert_true(pair[i].bytes == 0);
    assert_int_equal(look(&f, &loud, text, pair, 3), 3);
    talk_flows_dispose(&f);
    free(text);
}

static bool is_loud_now(struct talk_loud *loud, uint64_t mac, double now_s)
{
    const struct talk_vifs all = { .vif = vif, .n = 3, .ovs = 2 };
    static struct nft_pair pair[TALK_PEERS + 1];

    for (uint64_t i = 0; i <= TALK_PEERS; i++)
        pair[i] = (struct nft_pair){ mac, 1000 + i, 1 };
    return talk_loud_look(loud, &all, pair, mac ? TALK_PEERS + 1 : 0, now_s,
                          tell_loud);
}

/* nft has others to leave out only where one comes or goes whose interface it
 * sees. */
static void louds_of_nft(void **state)
{
    static const struct {
        uint64_t mac;
        bool of_nft;
    } cases[] = { { MAC_A, false }, { MAC_A + 2, true }, { 7, false } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talk_loud loud = { .guest = { { 0, 0 } } };
        uint64_t mac = cases[i].mac, other;
        bool is = cases[i].of_nft;

        if (is_loud_now(&loud, mac, 5) != is || !talk_is_loud(&loud, mac) ||
            is_loud_now(&loud, mac, 6) ||
            is_loud_now(&loud, 0, 6 + LOUD_S) != is)
            fail_msg("case %zu: for an hour", i);
        /* so many come that it is forgotten sooner */
        assert_int_equal(is_loud_now(&loud, mac, 10000), is);
        for (other = 100; other < 100 + LOUD_MOST - 1; other++)
            assert_false(is_loud_now(&loud, other, 10001));
        if (is_loud_now(&loud, other, 10001) != is || talk_is_loud(&loud, mac))
            fail_msg("case %zu: until there are too many", i);
    }
}

/* --- an agent ------------------------------------------------------------------ */

static char *dir, *path_before;
static struct fake_host host;
static struct config conf;
static char told[4000];
static unsigned second;

static void tell(const char *text)
{
    size_t n = strlen(told);

    snprintf(told + n, sizeof told - n, "%s\n", text);
}

static void on_ovs(const char *name)
{
    char path[512], file[64];

    snprintf(file, sizeof file, "sys/class/net/%s/x", name);
    fake_file(&host, file, "1");
    snprintf(path, sizeof path, "%s/sys/class/net/%s/master", dir, name);
    assert_int_equal(symlink("../ovs-system", path), 0);
}

/* Two guests with a card each. */
static int set_up(void **state)
{
    (void)state;
    dir = tmpdir_make("talks-ovs");
    fake_host_init(&host, dir);
    config_init(&conf);
    conf.sample_talks = true;
    fake_guest_add(&host, 7, 1, 1);
    fake_guest_add(&host, 8, 2, 1);
    fake_host_mac(&host, "backend/vif/7/0/mac", A);
    fake_host_mac(&host, "backend/vif/8/0/mac", B);
    on_ovs("vif7.0");
    on_ovs("vif8.0");
    path_before = strdup(getenv("PATH"));
    *told = '\0';
    second = 0;
    return 0;
}

static void real_end(void);

/* Also after a test that failed: what it started does not stay. */
static int tear_down(void **state)
{
    (void)state;
    real_end();
    setenv("PATH", path_before, 1);
    free(path_before);
    config_dispose(&conf);
    tmpdir_remove(dir);
    return 0;
}

static struct agent *agent_of(void)
{
    return talks_rig_agent(&host, dir, &conf, tell);
}

static void seconds(struct talks_counter *c, unsigned n)
{
    talks_rig_seconds(c, &second, n);
}

static bool talks_are(struct talks *t)
{
    return talks_rig_read(dir, t);
}

static double mbps_of(const struct talks *t, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < t->pairs; i++)
        if (t->pair[i].from == from && t->pair[i].to == to)
            return t->pair[i].mbps;
    return 0;
}

/* --- a real one ----------------------------------------------------------------- */

static bool ran(const char *command)
{
    int r = system(command);

    return r != -1 && WIFEXITED(r) && !WEXITSTATUS(r);
}

/* Without a kernel module: both cards are opened as anybody can. */
static bool real_begin(void)
{
    char command[2000];

    if (getuid() ||
        !ran("command -v ovs-vswitchd ovsdb-server ovs-appctl "
             "ovs-vsctl ip >/dev/null") ||
        unshare(CLONE_NEWNET))
        return false;
    setenv("OVS_RUNDIR", dir, 1);
    setenv("OVS_LOGDIR", dir, 1);
    setenv("OVS_DBDIR", dir, 1);
    snprintf(command, sizeof command,
             "exec >/dev/null 2>&1; d=%s\n"
             "ovsdb-tool create $d/conf.db "
             "/usr/share/openvswitch/vswitch.ovsschema &&\n"
             "ovsdb-server $d/conf.db --remote=punix:$d/db.sock "
             "--pidfile=$d/ovsdb-server.pid --detach --no-chdir &&\n"
             "ovs-vsctl --db=unix:$d/db.sock --no-wait init &&\n"
             "ovs-vswitchd unix:$d/db.sock --pidfile=$d/ovs-vswitchd.pid "
             "--detach --no-chdir || exit 1\n"
             "v=\"ovs-vsctl -t 60 --db=unix:$d/db.sock\"\n"
             "$v add-br xenbr0 -- set bridge xenbr0 datapath_type=netdev "
             "-- set open_vswitch . other_config:max-idle=3600000 || exit 1\n"
             "for i in 7 8; do ip link add vif$i.0 type veth peer name g$i && "
             "ip link set vif$i.0 up && ip link set g$i up && "
             "$v add-port xenbr0 vif$i.0 || exit 1; done",
             dir);
    return ran(command);
}

static void real_end(void)
{
    static const char *const names[] = { "ovs-vswitchd", "ovsdb-server" };

    for (int i = 0; i < 2; i++) {
        char path[512], *text;
        size_t len;

        snprintf(path, sizeof path, "%s/%s.pid", dir, names[i]);
        text = file_read(path, 64, &len);
        if (text && atoi(text) > 1) {
            kill(atoi(text), SIGTERM);
            for (int k = 0; k < 600 && !access(path, F_OK); k++)
                usleep(100000);
        }
        free(text);
    }
    unsetenv("OVS_RUNDIR");
    unsetenv("OVS_LOGDIR");
    unsetenv("OVS_DBDIR");
}

static void send_frames(const char *port, uint64_t from, uint64_t to,
                        unsigned frames)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll at = { .sll_family = AF_PACKET,
                              .sll_ifindex = (int)if_nametoindex(port) };
    uint8_t frame[1000] = { 0 };

    assert_true(fd >= 0);
    for (int i = 0; i < 6; i++) {
        frame[i] = (uint8_t)(to >> (40 - 8 * i));
        frame[6 + i] = (uint8_t)(from >> (40 - 8 * i));
    }
    frame[12] = 0x88;
    frame[13] = 0xb5; /* of no protocol: for experiments */
    while (frames--)
        assert_int_equal(sendto(fd, frame, sizeof frame, 0,
                                (struct sockaddr *)&at, sizeof at),
                         sizeof frame);
    close(fd);
}

static uint64_t flow_bytes(uint64_t from, uint64_t to)
{
    FILE *f = popen("ovs-appctl -T 60 dpctl/dump-flows --names", "r");
    struct ovs_flow *flow = NULL;
    size_t n = 0, len;
    uint64_t sum = 0;
    char *text;

    assert_non_null(f);
    text = file_read_fd(fileno(f), OVS_BYTES, &len);
    assert_int_equal(pclose(f), 0);
    assert_non_null(text);
    assert_int_equal(ovs_flows(&flow, &n, text, len), 0);
    for (size_t i = 0; i < n; i++)
        if (flow[i].from == from && flow[i].to == to)
            sum += flow[i].bytes;
    free(flow);
    free(text);
    return sum;
}

/* What was sent, and what of it was seen: the frame that makes a flow is not
 * counted in it, and those for which a queue has no room are lost. */
struct flood {
    const char *port;
    uint64_t from, to, sent, seen;
};

static void flood(struct flood *f, uint64_t bytes)
{
    uint64_t until = clock_us() + 60000000, enough = f->seen + bytes;

    while (f->seen < enough) {
        if (clock_us() > until)
            fail_msg("%llu bytes are counted, not %llu",
                     (unsigned long long)f->seen, (unsigned long long)enough);
        send_frames(f->port, f->from, f->to, 20);
        f->sent += 20000;
        usleep(20000);
        f->seen = flow_bytes(f->from, f->to);
    }
}

/* The rate is that of the bytes between two looks, each after what was seen and
 * before what was sent. */
static void flooded(const struct talks *t, const struct flood *was,
                    const struct flood *now)
{
    double bytes = mbps_of(t, now->from, now->to) * 60 * 1e6 / 8;

    if (!(bytes > 0 && bytes > (double)now->seen - (double)was->sent - 1 &&
          bytes < (double)now->sent - (double)was->seen + 1))
        fail_msg("%g bytes: %llu to %llu, and then %llu to %llu", bytes,
                 (unsigned long long)was->seen, (unsigned long long)was->sent,
                 (unsigned long long)now->seen, (unsigned long long)now->sent);
}

static void a_real_ovs(void **state)
{
    struct flood to_b = { "g7", MAC_A, MAC_B, 0, 0 };
    struct flood to_a = { "g8", MAC_B, MAC_A, 0, 0 }, first, was;
    struct talks_counter *c;
    struct talks t;
    struct agent *a;

    (void)state;
    if (!real_begin()) {
        puts("skip: talks: Open vSwitch can't be run here: it needs root, ip "
             "and the package openvswitch-switch");
        real_end();
        skip();
    }
    a = agent_of();
    c = talks_counter_new(a);
    assert_non_null(c);
    flood(&to_b, 400000);
    seconds(c, 2);
    first = to_b;
    flood(&to_b, 200000);
    was = to_a; /* the first look saw none of it */
    flood(&to_a, 50000);
    send_frames("g8", MAC_A, MAC_B, 200); /* in A's name */
    seconds(c, 61);
    assert_string_equal(told, "");
    assert_true(talks_are(&t));
    assert_true(t.ovs && !t.nft);
    assert_int_equal(t.macs, 2);
    flooded(&t, &first, &to_b);
    flooded(&t, &was, &to_a);
    talks_dispose(&t);
    talks_counter_free(c);
    agent_free(a);
    real_end();
}

/* --- one that was made up --------------------------------------------------------- */

static void program(const char *name, const char *text)
{
    char path[512], with[600], file[64];

    snprintf(file, sizeof file, "bin/%s", name);
    fake_file(&host, file, "#!/bin/sh\necho %s >> %s/asked\n%s\n", name, dir,
              text);
    snprintf(path, sizeof path, "%s/%s", dir, file);
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(with, sizeof with, "%s/bin:%s", dir, path_before);
    assert_int_equal(setenv("PATH", with, 1), 0);
}

static bool was_asked(const char *name)
{
    char path[512], *text;
    size_t len;
    bool is;

    snprintf(path, sizeof path, "%s/asked", dir);
    text = file_read(path, 1 << 20, &len);
    is = text && strstr(text, name);
    free(text);
    return is;
}

/* Two datapaths, whose flows grow with each call. */
#define OVS                                                                   \
    "case $3 in *dps) echo system@a; echo netdev@b; exit;; esac\n"            \
    "case $3 in */show) printf \"$4:\\n  flows: 1\\n\"; exit;; esac\n"        \
    "n=$(cat $0.n 2>/dev/null || echo 0); echo $((n + 1)) > $0.n\n"           \
    "case $5 in system@a) p=vif7.0 f=" A " t=" B ";; *) p=vif8.0 f=" B        \
    " t=" A "; esac\n"                                                        \
    "echo \"flow-dump from the main thread:\nrecirc_id(0),in_port($p),"       \
    "eth(src=$f,dst=$t), packets:9, bytes:$((n / 2 * 1000000)), \"\n"

static void all_datapaths(void **state)
{
    struct talks_counter *c;
    struct talks t;
    struct agent *a;

    (void)state;
    program("ovs-appctl", OVS);
    program("nft", "exit 1");
    a = agent_of();
    c = talks_counter_new(a);
    seconds(c, 62);
    assert_string_equal(told, "");
    assert_false(was_asked("nft"));
    assert_true(talks_are(&t));
    assert_true(fabs(mbps_of(&t, MAC_A, MAC_B) - 5 * 8 / 60.0) < 1e-3 ||
                fabs(mbps_of(&t, MAC_A, MAC_B) - 6 * 8 / 60.0) < 1e-3);
    assert_true(mbps_of(&t, MAC_A, MAC_B) == mbps_of(&t, MAC_B, MAC_A));
    talks_dispose(&t);
    talks_counter_free(c);
    agent_free(a);
}

static const char nft_counts[] =
    "case $1 in -j) echo '{\"nftables\":[{\"set\":{\"elem\":[{\"elem\":"
    "{\"val\":{\"concat\":[\"00:16:3e:00:00:09\",\"" A "\"]},"
    "\"counter\":{\"bytes\":600000}}}]}}]}'; esac";

static void a_guest_on_a_bridge(void)
{
    fake_guest_add(&host, 9, 3, 1);
    fake_file(&host, "sys/class/net/vif9.0/x", "1");
    fake_host_mac(&host, "backend/vif/9/0/mac", "00:16:3e:00:00:09");
}

static void counted_by(bool nft, bool ovs, size_t pairs)
{
    struct talks t;

    assert_true(talks_are(&t));
    assert_int_equal(t.nft, nft);
    assert_int_equal(t.ovs, ovs);
    assert_int_equal(t.macs, 3);
    assert_int_equal(t.pairs, pairs);
    talks_dispose(&t);
}

/* Some guests on a bridge, others not: both are asked. */
static void both(void **state)
{
    struct talks_counter *c;
    struct talks t;
    struct agent *a;

    (void)state;
    program("ovs-appctl", OVS);
    program("nft", nft_counts);
    a_guest_on_a_bridge();
    a = agent_of();
    c = talks_counter_new(a);
    seconds(c, 65);
    assert_string_equal(told, "");
    counted_by(true, true, 3);
    assert_true(talks_are(&t));
    assert_true(fabs(mbps_of(&t, 0x163e000009, MAC_A) - 0.08) < 0.02);
    talks_dispose(&t);
    talks_counter_free(c);
    agent_free(a);
}

/* One that fails is named until it does not. What the other counts is told
 * meanwhile, and by that alone. */
static void one_of_both(void **state)
{
    static const struct {
        const char *name, *works, *told;
        bool nft, ovs;
        size_t pairs;
    } cases[] = {
        { "ovs-appctl", OVS,
          "over Open vSwitch is not counted: cannot connect", true, false, 1 },
        { "nft", nft_counts, "over bridges is not counted: cannot connect",
          false, true, 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talks_counter *c;
        struct agent *a;
        char path[512];

        *told = '\0';
        second = 0;
        program("ovs-appctl", OVS);
        program("nft", nft_counts);
        a_guest_on_a_bridge();
        a = agent_of();
        c = talks_counter_new(a);
        seconds(c, 90);
        counted_by(true, true, 3);
        program(cases[i].name, "echo 'cannot connect' >&2; exit 1");
        seconds(c, 50); /* the minute in which it fails, too, is told */
        counted_by(cases[i].nft, cases[i].ovs, cases[i].pairs);
        snprintf(path, sizeof path, "%s/" TALKS_FILE, dir);
        assert_int_equal(unlink(path), 0);
        seconds(c, 70);
        counted_by(cases[i].nft, cases[i].ovs, cases[i].pairs);
        seconds(c, 80);
        assert_non_null(strstr(told, cases[i].told));
        assert_null(strchr(strchr(told, '\n') + 1, '\n')); /* once */
        program(cases[i].name, cases[i].works);
        seconds(c, 200);
        assert_non_null(strstr(told, "is counted again"));
        counted_by(true, true, 3);
        talks_counter_free(c);
        agent_free(a);
    }
}

/* So many seconds in which A sends B 7500 bytes each, and Open vSwitch runs
 * `busy` before it answers. */
static void seconds_of_talk(struct talks_counter *c, unsigned n,
                            const char *busy)
{
    talks_counter_patience(c, *busy == 's' ? 50 : 60000);
    fake_file(&host, "bin/busy", "%s", busy);
    for (unsigned i = 0; i < n; i += 10) {
        fake_file(&host, "bin/bytes", "%u", second * 7500);
        seconds(c, 10);
    }
}

static void a_to_b_is_right(void)
{
    struct talks t;

    assert_true(talks_are(&t));
    assert_int_equal(t.pairs, 1);
    assert_true(fabs(mbps_of(&t, MAC_A, MAC_B) / 0.06 - 1) < 1e-3);
    talks_dispose(&t);
}

/* On a busy host, by its own clock or by the agent's: as nft that is late. */
static void an_ovs_that_is_late(void **state)
{
    static const char late[] = "is not counted: ovs-appctl does not end\n",
                      *const busy[] = { "exit 142", "sleep 100" };

    (void)state;
    program("ovs-appctl",
            "cd ${0%/*}; . ./busy\n"
            "case $3 in *dps) echo a; exit;; */show) exit;; esac\n"
            "echo 'flow-dump from the main thread:'\n"
            "echo \"recirc_id(0),in_port(vif7.0),eth(src=" A ",dst=" B "), "
            "packets:9, bytes:$(cat bytes), \"\n");
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++) {
        struct talks_counter *c;
        struct agent *a;
        const char *at;

        *told = '\0';
        second = 0;
        a = agent_of();
        c = talks_counter_new(a);
        seconds_of_talk(c, 10, busy[i]); /* also the first time */
        seconds_of_talk(c, 130, "");
        a_to_b_is_right();
        seconds_of_talk(c, 90, busy[i]);
        seconds_of_talk(c, 60, "");
        assert_string_equal(told, "");
        a_to_b_is_right();
        seconds_of_talk(c, 300, busy[i]);
        at = strstr(told, late);
        assert_non_null(at);
        assert_null(strstr(at + 1, late));
        seconds_of_talk(c, 130, "");
        assert_non_null(strstr(told, "is counted again"));
        a_to_b_is_right();
        talks_counter_free(c);
        agent_free(a);
    }
}

/* Open vSwitch alone, and nobody on it: nft is nobody's business. */
static void no_guest(void **state)
{
    struct talks_counter *c;
    struct agent *a;
    char path[512];

    (void)state;
    for (int i = 7; i <= 8; i++) {
        snprintf(path, sizeof path, "rm -r %s/sys/class/net/vif%d.0", dir, i);
        assert_true(ran(path));
    }
    fake_file(&host, "run/openvswitch/db.sock", "x");
    program("ovs-appctl", OVS);
    program("nft", "exit 127");
    a = agent_of();
    c = talks_counter_new(a);
    seconds(c, 100);
    assert_false(was_asked("ovs-appctl") || was_asked("nft"));
    on_ovs("vif7.0");
    seconds(c, 100);
    assert_true(was_asked("ovs-appctl"));
    assert_false(was_asked("nft"));
    assert_string_equal(told, "");
    talks_counter_free(c);
    agent_free(a);
}

/* One datapath with so many flows. */
#define SHOW(flows_)                                                          \
    "case $3 in *dps) echo system@a;;\n"                                      \
    "*/show) printf 'system@a:\\n  lookups: hit:7\\n  flows: " flows_         \
    "\\n  port 0: a (internal)\\n';;\n"                                       \
    "*) echo 'asked for flows' >&2; exit 1; esac\n"

static void an_ovs_that_fails(void **state)
{
    static const struct {
        const char *program, *told;
    } cases[] = {
        { "exit 127", "ovs-appctl is not installed: install the package "
                      "openvswitch-common" },
        { "echo 'no socket' >&2; exit 1", "no socket" },
        { "echo x", "Open vSwitch's flows can't be read" },
        { "echo a; head -c 9000000 /dev/zero", "has too many flows" },
        /* they are not asked for then */
        { SHOW("30001"), "has too many flows" },
        { SHOW("99999999999999999999"), "has too many flows" },
        { SHOW("30000"), "asked for flows" },
        { SHOW(""), "asked for flows" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talks_counter *c;
        struct agent *a;
        const char *at;

        *told = '\0';
        second = 0;
        program("ovs-appctl", cases[i].program);
        a = agent_of();
        c = talks_counter_new(a);
        seconds(c, 200);
        at = strstr(told, cases[i].told);
        if (!at || strstr(at + 1, cases[i].told))
            fail_msg("case %zu: %s", i, told); /* not told, or not once */
        talks_counter_free(c);
        agent_free(a);
    }
}

static void off_asks_nothing(void **state)
{
    struct talks_counter *c;
    struct agent *a;

    (void)state;
    program("ovs-appctl", "exit 0");
    program("nft", "exit 0");
    conf.sample_talks = false;
    a = agent_of();
    c = talks_counter_new(a);
    seconds(c, 100);
    talks_counter_free(c);
    agent_free(a);
    assert_false(was_asked("ovs-appctl") || was_asked("nft"));
}

int main(void)
{
#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_are_read),
        cmocka_unit_test(two_looks),
        cmocka_unit_test(a_flow_that_is_missed),
        cmocka_unit_test(the_first_look),
        cmocka_unit_test(a_loud_guest),
        cmocka_unit_test(louds_of_nft),
        HOST_TEST(all_datapaths),
        HOST_TEST(both),
        HOST_TEST(one_of_both),
        HOST_TEST(an_ovs_that_is_late),
        HOST_TEST(no_guest),
        HOST_TEST(an_ovs_that_fails),
        HOST_TEST(off_asks_nothing),
        HOST_TEST(a_real_ovs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
