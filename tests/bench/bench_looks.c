/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_looks make FOLDER HOSTS
 * bench_looks ask FOLDER HOSTS
 * bench_looks decide FOLDER LOOKS
 *
 * What a look of rackhopd takes. `make` writes FOLDER/snapshot, what rackhopd
 * has when all hosts have answered; `ask` the answers themselves, FOLDER/HOST.facts
 * and FOLDER/HOST.view, which a stand-in for ssh prints, and FOLDER/hosts for the
 * configuration. `decide` looks at that snapshot so many times, a minute apart, as
 * rackhopd does but for the asking and the moves, and prints a line of key=value
 * pairs: the longest of each part in ms, and sizes. Times are processor time of this
 * process, and wall_ms the time of a look by the clock, which has the disk's as well.
 *
 * Racks have 40 hosts, hosts 32 CPUs and 10 to 20 guests. Of four hosts one is
 * busy, of twelve one has more demand than CPU. Of fifty hosts one has a guest
 * that makes another wait, of a hundred one has a guest that reads from swap, of
 * five hundred one shows errors of its memory; of twenty guests one talks with a
 * guest of another rack. It is long, as what makes the cluster and what looks at it
 * know the same hosts and guests.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "tools/base/file.h"
#include "tools/cluster/take.h"
#include "tools/daemon/decide.h"
#include "tools/daemon/look_again.h"
#include "tools/daemon/look_record.h"
#include "tools/doc/json.h"
#include "tools/doc/snapshot.h"
#include "tools/paths.h"
#include "tools/store/store.h"

enum { RACK = 40, CPUS = 32, VCPUS = 3, GUEST_MIB = 6144, HOST_GIB = 192 };

static const char features[] =
    "178bfbff,f6d83203,2c100800,00000121,0000000f,219c07ab";

static void bench_die(const char *what)
{
    fprintf(stderr, "bench_looks: %s\n", what);
    exit(1);
}

/* --- the cluster --------------------------------------------------------- */

static unsigned guests_of(unsigned host)
{
    return 10 + host * 7 % 11;
}

__attribute__((format(printf, 3, 4))) static void kv_text(struct json_out *o,
                                                          const char *key,
                                                          const char *fmt, ...)
{
    char text[100];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (key)
        json_kv_str(o, key, text);
    else
        json_str(o, text);
}

/* A list of one word. */
static void kv_word(struct json_out *o, const char *key, const char *word)
{
    json_key(o, key);
    json_arr(o);
    json_str(o, word);
    json_arr_end(o);
}

/* From 0 to before n, and always the same. */
static unsigned drawn(unsigned n)
{
    static uint64_t seed = 7;

    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

/* As an agent tells of one metric: four digits, as samples.c writes them. */
static void put_metric(struct json_out *o, const char *name, double v)
{
    static const char *const figure[] = { "mean_10m", "p95_10m", "mean_day",
                                          "p50_day",  "p95_day", "p99_day",
                                          "max_day" };

    json_key(o, name);
    json_obj(o);
    for (size_t i = 0; i < sizeof figure / sizeof *figure; i++) {
        char text[32];

        snprintf(text, sizeof text, "%.4g",
                 v * (1 + (double)i / 100 + drawn(100) / 1e4));
        json_kv_num(o, figure[i], strtod(text, NULL));
    }
    json_kv_num(o, "trend_day", 0.125);
    json_obj_end(o);
}

static void put_host_samples(struct json_out *o, unsigned h)
{
    static const char *const metric[] = { "cpu",        "dom0_cpu",
                                          "steal",      "free_mib",
                                          "guests",     "rx_bytes_s",
                                          "tx_bytes_s", "power_model_w" };

    json_key(o, "samples");
    json_obj(o);
    json_kv_int(o, "age_s", 10);
    json_kv_int(o, "day_s", 86400);
    for (size_t i = 0; i < sizeof metric / sizeof *metric; i++)
        put_metric(o, metric[i], 1 + drawn(1000) / 37.0);
    put_metric(o, "link_errors_s", 0);
    put_metric(o, "heat_c", 40 + drawn(10));
    put_metric(o, "ecc_corrected_s", h % 500 == 7 ? 0.5 : 0);
    put_metric(o, "disk_bad", 0);
    json_obj_end(o);
}

static void put_host(struct json_out *o, unsigned h)
{
    kv_text(o, "name", "h%05u", h);
    json_kv_str(o, "state", "up");
    json_kv_int(o, "memory_mib", HOST_GIB * 1024);
    json_kv_int(o, "reserved_mib", 2048);
    json_kv_int(o, "cpus", CPUS);
    json_kv_num(o, "cpu_used", CPUS * (h % 4 ? 0.2 : 0.8));
    json_kv_int(o, "cpu_sample_ms", 5000);
    json_kv_num(o, "power_idle_w", 110);
    json_kv_num(o, "power_peak_w", 340);
    json_kv_str(o, "xen", "4.17.3");
    kv_text(o, "boot", "00000000-0000-4000-9000-%012x", h);
    json_kv_str(o, "cpu_vendor", "intel");
    for (int max = 0; max < 2; max++) {
        json_key(o, max ? "cpu_max" : "cpu_default");
        json_obj(o);
        json_kv_str(o, "pv", features);
        json_kv_str(o, "hvm", features);
        json_obj_end(o);
    }
    json_kv_int(o, "tsc_khz", 2400000);
    json_kv_bool(o, "hap", true);
    json_kv_bool(o, "shadow", true);
    kv_word(o, "networks", "xenbr0");
    kv_word(o, "storage", "nfs:10.0.0.9:/vm");
    json_key(o, "reservations");
    json_arr(o);
    json_arr_end(o);
    put_host_samples(o, h);
}

/* Of a host that is busy guests want most of its CPU, or more. */
static double put_cpu(struct json_out *o, unsigned h, unsigned i)
{
    bool busy = h % 4 == 1;
    double load = !busy ? 0.15 : h % 12 == 1 ? 1.06 : 0.8;
    double used = load * CPUS / guests_of(h);
    double steal = h % 50 == 3 && i == 1 ? 0.3 : busy ? 0.01 : 0;

    used = used < VCPUS - 0.1 ? used : VCPUS - 0.1;
    if (h % 50 == 3 && !i)
        used = VCPUS;
    json_kv_num(o, "cpu_used", used + drawn(100) / 1e4);
    json_kv_num(o, "steal", steal);
    return used;
}

static void put_guest_samples(struct json_out *o, unsigned h, unsigned i,
                              double used)
{
    static const char *const metric[] = { "memory_mib",    "target_mib",
                                          "rx_bytes_s",    "tx_bytes_s",
                                          "packets_s",     "read_bytes_s",
                                          "write_bytes_s", "reads_s",
                                          "writes_s" };

    json_key(o, "samples");
    json_obj(o);
    json_kv_int(o, "age_s", 10);
    json_kv_int(o, "day_s", 86400);
    put_metric(o, "cpu", used);
    put_metric(o, "steal", 0.01);
    for (size_t k = 0; k < sizeof metric / sizeof *metric; k++)
        put_metric(o, metric[k], 1 + drawn(100000) / 37.0);
    put_metric(o, "swap_bytes_s", h % 100 == 5 && i == 2 ? 4e6 : 0);
    json_obj_end(o);
}

/* To the first guest of a host two racks on; the last ones talk with nobody. */
static void put_talks(struct json_out *o, unsigned h, unsigned i)
{
    char mac[24];

    snprintf(mac, sizeof mac, "00:16:3e:%02x:%02x:%02x", h >> 8, h & 255, i);
    kv_word(o, "macs", mac);
    json_key(o, "talks");
    json_arr(o);
    if (!i && h % 2 == 0) {
        unsigned to = h ^ 2 * RACK;

        json_obj(o);
        kv_text(o, "mac", "00:16:3e:%02x:%02x:00", to >> 8, to & 255);
        json_kv_num(o, "mbps", 300);
        json_kv_num(o, "mbps_p25", 250);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void put_guest(struct json_out *o, unsigned h, unsigned i)
{
    double used;

    kv_text(o, "uuid", "00000000-0000-4000-a000-%06x%06x", h, i);
    kv_text(o, "name", "guest-%05u-%02u", h, i);
    json_kv_str(o, "type", "pvh");
    json_kv_int(o, "memory_mib", GUEST_MIB);
    json_kv_int(o, "need_mib", GUEST_MIB + 64);
    json_kv_int(o, "vcpus", VCPUS);
    used = put_cpu(o, h, i);
    json_kv_int(o, "cpu_weight", 256);
    json_kv_int(o, "tx_bytes", 1000000000 + (int64_t)drawn(1000000));
    json_kv_num(o, "tx_bytes_s", drawn(1000000));
    json_kv_int(o, "memory_max_mib", 2 * GUEST_MIB);
    json_kv_num(o, "dirty_mib_s", drawn(400) / 10.0);
    json_kv_num(o, "writable_mib", 100);
    json_kv_str(o, "cpu_policy", features);
    kv_word(o, "networks", "xenbr0");
    kv_word(o, "storage", "nfs:10.0.0.9:/vm");
    json_key(o, "pci");
    json_arr(o);
    json_arr_end(o);
    put_guest_samples(o, h, i, used);
    put_talks(o, h, i);
}

/* --- what is looked at --------------------------------------------------- */

static unsigned racks_of(unsigned hosts)
{
    return (hosts + RACK - 1) / RACK;
}

static void put_nodes(struct json_out *o, unsigned hosts)
{
    json_key(o, "nodes");
    json_arr(o);
    for (unsigned i = 0; i < hosts; i++) {
        json_obj(o);
        kv_text(o, "name", "h%05u", i);
        kv_text(o, "rack", "tor%04u", i / RACK);
        json_kv_str(o, "kind", "host");
        json_obj_end(o);
    }
    for (unsigned r = 0; r <= racks_of(hosts); r++) {
        json_obj(o);
        if (r < racks_of(hosts))
            kv_text(o, "name", "tor%04u", r);
        else
            json_kv_str(o, "name", "spine");
        json_kv_str(o, "kind", "switch");
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void put_links(struct json_out *o, unsigned hosts)
{
    json_key(o, "links");
    json_arr(o);
    for (unsigned i = 0; i < hosts + racks_of(hosts); i++) {
        bool host = i < hosts;

        json_obj(o);
        if (host)
            kv_text(o, "a", "h%05u", i);
        else
            kv_text(o, "a", "tor%04u", i - hosts);
        if (host)
            kv_text(o, "b", "tor%04u", i / RACK);
        else
            json_kv_str(o, "b", "spine");
        json_kv_int(o, "mbps", host ? 25000 : 100000);
        json_kv_str(o, "evidence", "both");
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void put_snapshot(struct json_out *o, unsigned hosts)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-snapshot/1");
    json_kv_str(o, "taken", "2026-01-01T00:00:00Z");
    json_key(o, "topology");
    json_obj(o);
    put_nodes(o, hosts);
    put_links(o, hosts);
    json_obj_end(o);
    json_key(o, "hosts");
    json_arr(o);
    for (unsigned h = 0; h < hosts; h++) {
        json_obj(o);
        put_host(o, h);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_key(o, "domains");
    json_arr(o);
    for (unsigned h = 0; h < hosts; h++)
        for (unsigned i = 0; i < guests_of(h); i++) {
            json_obj(o);
            kv_text(o, "host", "h%05u", h);
            put_guest(o, h, i);
            json_obj_end(o);
        }
    json_arr_end(o);
    json_obj_end(o);
}

static FILE *bench_open(const char *folder, const char *fmt, unsigned h)
{
    char path[600];
    int n = snprintf(path, sizeof path, "%s/", folder);
    FILE *f;

    if (h == UINT32_MAX)
        snprintf(path + n, sizeof path - (size_t)n, "%s", fmt);
    else
        snprintf(path + n, sizeof path - (size_t)n, "h%05u.%s", h, fmt);
    f = fopen(path, "we");
    if (!f)
        bench_die("a file could not be written");
    return f;
}

static struct json_out *bench_json(FILE *f, bool indent)
{
    struct json_out *o = json_out_new(f, indent);

    if (!o)
        bench_die("out of memory");
    return o;
}

static void bench_make(const char *folder, unsigned hosts)
{
    FILE *f = bench_open(folder, "snapshot", UINT32_MAX);
    struct json_out *o = bench_json(f, false);

    put_snapshot(o, hosts);
    if (json_out_free(o) || fclose(f))
        bench_die("the snapshot could not be written");
}

static void put_view(struct json_out *o, unsigned h)
{
    json_kv_str(o, "format", "rackhop-facts/1");
    kv_text(o, "node", "h%05u", h);
    json_kv_str(o, "role", "host");
    json_key(o, "ports");
    json_obj(o);
    json_key(o, "eth0");
    json_obj(o);
    kv_text(o, "mac", "02:00:00:%02x:%02x:01", h >> 8, h & 255);
    json_kv_int(o, "speed_mbps", 25000);
    json_kv_bool(o, "up", true);
    json_obj_end(o);
    json_obj_end(o);
    json_key(o, "neighbors");
    json_arr(o);
    json_obj(o);
    json_kv_str(o, "port", "eth0");
    json_kv_str(o, "protocol", "LLDP");
    json_key(o, "chassis");
    json_obj(o);
    json_kv_str(o, "type", "mac");
    kv_text(o, "value", "04:00:00:00:%02x:%02x", h / RACK >> 8,
            h / RACK & 255);
    json_obj_end(o);
    json_key(o, "port_id");
    json_obj(o);
    json_kv_str(o, "type", "ifname");
    kv_text(o, "value", "swp%u", h % RACK + 1);
    json_obj_end(o);
    kv_text(o, "sysname", "tor%04u", h / RACK);
    json_kv_int(o, "ttl_s", 120);
    json_obj_end(o);
    json_arr_end(o);
}

/* What `rackhop facts` prints there, or (view) `rackhop topology --facts`. */
static void bench_answer(const char *folder, unsigned h, bool view)
{
    FILE *f = bench_open(folder, view ? "view" : "facts", h);
    struct json_out *o = bench_json(f, view);

    json_obj(o);
    put_view(o, h);
    if (!view) {
        json_key(o, "host");
        json_obj(o);
        put_host(o, h);
        json_obj_end(o);
        json_key(o, "domains");
        json_arr(o);
        for (unsigned i = 0; i < guests_of(h); i++) {
            json_obj(o);
            put_guest(o, h, i);
            json_obj_end(o);
        }
        json_arr_end(o);
    }
    json_obj_end(o);
    if (json_out_free(o) || fclose(f))
        bench_die("an answer could not be written");
}

static void bench_ask(const char *folder, unsigned hosts)
{
    FILE *f = bench_open(folder, "hosts", UINT32_MAX);

    for (unsigned h = 0; h < hosts; h++) {
        bench_answer(folder, h, false);
        bench_answer(folder, h, true);
        fprintf(f, "%s\"h%05u=h%05u\"", h ? ", " : "", h, h);
    }
    if (fclose(f))
        bench_die("the list of hosts could not be written");
}

/* --- looks --------------------------------------------------------------- */

enum part {
    PART_FACTS,
    PART_SIGHT,
    PART_STATE_IN,
    PART_DECIDE,
    PART_RECORD,
    PART_STATE_OUT,
    PART_SHOWN,
    PART_LINE,
    PARTS
};
static const char *const part_name[PARTS] = { "facts",  "sight",  "state_in",
                                              "decide", "record", "state_out",
                                              "shown",  "line" };

struct bench {
    struct config conf;
    struct loop_policy policy;
    struct store *store;
    char *text; /* of the snapshot */
    size_t len, state_bytes, seen_bytes;
    struct loops_state state;
    uint64_t rev;
    double from_ms, ms[PARTS], most_ms[PARTS], all_ms, most_all_ms, wall_ms;
    uint32_t hosts, guests;
    size_t wishes, more, moves;
    double line_mib;
    int record_rc, line_rc, state_rc;
};

static double bench_ms(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void bench_part(struct bench *b, enum part p)
{
    double now = bench_ms(CLOCK_PROCESS_CPUTIME_ID);

    b->ms[p] = now - b->from_ms;
    if (b->ms[p] > b->most_ms[p])
        b->most_ms[p] = b->ms[p];
    b->all_ms += b->ms[p];
    b->from_ms = now;
}

static void bench_state_in(struct bench *b)
{
    char *text = NULL;
    struct msg err;

    loops_state_init(&b->state);
    b->rev = 0;
    if (!store_get(b->store, "loops/state", &text, &b->rev) &&
        loops_state_parse(&b->state, text, strlen(text), &err))
        bench_die(err.text);
    free(text);
}

static void bench_state_out(struct bench *b, const struct decide *d)
{
    char *text = loops_state_format(&b->state, d->cluster, d->kept);

    if (!text)
        bench_die("out of memory");
    b->state_bytes = strlen(text);
    b->state_rc = store_cas(b->store, "loops/state", b->rev, text, NULL);
    free(text);
}

static void bench_shown(struct bench *b, const struct loops_doc *doc)
{
    char *text = loops_doc_format(doc), *old = NULL;
    uint64_t rev = 0;

    if (!text)
        bench_die("out of memory");
    if (!store_get(b->store, "loops/seen", &old, &rev))
        free(old);
    b->seen_bytes = strlen(text);
    if (store_cas(b->store, "loops/seen", rev, text, NULL))
        bench_die(store_error(b->store));
    free(text);
}

#define LINES "loops/looks.jsonl"

static double file_mib(const char *name)
{
    char path[600], **record = NULL;
    struct stat st;
    size_t n = 0;
    double mib = 0;

    snprintf(path, sizeof path, "%s/%s", path_state(), name);
    if (strcmp(name, LOOKS_DIR) != 0)
        return stat(path, &st) ? 0 : (double)st.st_size / (1 << 20);
    if (look_records(path, &record, &n))
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (!stat(record[i], &st))
            mib = (double)st.st_size / (1 << 20);
        free(record[i]);
    }
    free(record);
    return mib;
}

static void bench_after(struct bench *b, const struct decide *d)
{
    char dir[600];
    double line_mib;

    snprintf(dir, sizeof dir, "%s/" LOOKS_DIR, path_state());
    b->record_rc = look_keep(dir, d, b->text, b->len, INT64_MAX / 2);
    bench_part(b, PART_RECORD);
    bench_state_out(b, d);
    bench_part(b, PART_STATE_OUT);
    bench_shown(b, d->doc);
    bench_part(b, PART_SHOWN);
    line_mib = file_mib(LINES);
    b->line_rc = look_record(d->doc, d->cluster, d->sight);
    bench_part(b, PART_LINE);
    b->line_mib = file_mib(LINES); /* which may have begun anew */
    if (b->line_mib > line_mib)
        b->line_mib -= line_mib;
}

static void bench_decide(struct bench *b, struct snapshot *snap,
                         const struct sight *sight, double now_s)
{
    struct loops_doc doc = { .at_s = now_s, .interval_s = 20 };
    struct off_list off = { .n = 0 };
    struct decide d = { .conf = &b->conf,
                        .policy = &b->policy,
                        .cluster = snap->cluster,
                        .sight = sight,
                        .state = &b->state,
                        .off = &off,
                        .now_s = now_s,
                        .gap_s = 120,
                        .doc = &doc };

    for (int i = 0; i < LOOP_KINDS; i++)
        snprintf(doc.mode[i], LOOPS_MODE, "%s",
                 loop_mode_name(loop_mode_of(&b->conf, (enum loop_kind)i)));
    if (decide_look(&d))
        bench_die("out of memory");
    bench_part(b, PART_DECIDE);
    b->hosts = plan_hosts(snap->cluster);
    b->guests = plan_domains(snap->cluster);
    b->wishes = doc.wishes;
    b->more = doc.more;
    b->moves += d.act.n;
    bench_after(b, &d);
    decide_dispose(&d);
    loops_doc_dispose(&doc);
}

static void bench_look(struct bench *b, double now_s)
{
    struct plan_settings set;
    struct snapshot snap;
    struct sight sight;
    struct msg err;
    double began_ms = bench_ms(CLOCK_MONOTONIC), wall_ms;

    take_settings(&set, &b->conf);
    b->all_ms = 0;
    b->from_ms = bench_ms(CLOCK_PROCESS_CPUTIME_ID);
    bench_state_in(b);
    bench_part(b, PART_STATE_IN);
    if (snapshot_parse_facts(&snap, "the hosts' facts", b->text, b->len, &set,
                             NULL, NULL, &err))
        bench_die(err.text);
    bench_part(b, PART_FACTS);
    if (sight_parse(&sight, snap.cluster, b->text, b->len, &err))
        bench_die(err.text);
    bench_part(b, PART_SIGHT);
    bench_decide(b, &snap, &sight, now_s);
    wall_ms = bench_ms(CLOCK_MONOTONIC) - began_ms;
    if (wall_ms > b->wall_ms)
        b->wall_ms = wall_ms;
    sight_dispose(&sight);
    snapshot_dispose(&snap);
    loops_state_dispose(&b->state);
    if (b->all_ms > b->most_all_ms)
        b->most_all_ms = b->all_ms;
    fprintf(stderr, "look at %.0f: %.0f ms:", now_s, b->all_ms);
    for (int p = 0; p < PARTS; p++)
        fprintf(stderr, " %s %.0f", part_name[p], b->ms[p]);
    fprintf(stderr, "; %zu wishes and %zu more\n", b->wishes, b->more);
}

static void bench_tell(const struct bench *b)
{
    struct rusage ru;

    getrusage(RUSAGE_SELF, &ru);
    printf("hosts=%u guests=%u wall_ms=%.0f all_ms=%.0f", b->hosts, b->guests,
           b->wall_ms, b->most_all_ms);
    for (int p = 0; p < PARTS; p++)
        printf(" %s_ms=%.0f", part_name[p], b->most_ms[p]);
    printf(" snapshot_mib=%.1f state_mib=%.2f record_mib=%.2f line_mib=%.2f "
           "rss_mib=%ld wishes=%zu moves=%zu state_rc=%d record_rc=%d "
           "line_rc=%d\n",
           (double)b->len / (1 << 20), (double)b->state_bytes / (1 << 20),
           file_mib(LOOKS_DIR), b->line_mib, ru.ru_maxrss / 1024,
           b->wishes + b->more, b->moves, b->state_rc, b->record_rc,
           b->line_rc);
}

static void bench_modes(struct config *c)
{
    char **const act[] = { &c->loop_memory, &c->loop_noise, &c->loop_balance };

    config_init(c);
    for (size_t i = 0; i < sizeof act / sizeof *act; i++) {
        free(*act[i]);
        *act[i] = strdup("act");
    }
}

static void bench_looks(const char *folder, int looks)
{
    struct bench b = { .text = NULL };
    char path[600];
    struct msg err;

    snprintf(path, sizeof path, "%s/snapshot", folder);
    b.text = file_read(path, (size_t)1 << 30, &b.len);
    if (!b.text)
        bench_die("the snapshot could not be read");
    snprintf(path, sizeof path, "%s/state/loops", folder);
    if (path_make(path))
        bench_die("a folder could not be made");
    snprintf(path, sizeof path, "%s/state", folder);
    setenv("RACKHOP_STATE_DIR", path, 1);
    if (store_open(&b.store, path, &err))
        bench_die(err.text);
    bench_modes(&b.conf);
    loop_policy_init(&b.policy);
    for (int i = 0; i < looks; i++)
        bench_look(&b, 1767225600 + 60.0 * i);
    bench_tell(&b);
    store_close(b.store);
    config_dispose(&b.conf);
    free(b.text);
}

int main(int argc, char **argv)
{
    if (argc != 4 || atoi(argv[3]) < 1)
        return 2;
    if (!strcmp(argv[1], "make"))
        bench_make(argv[2], (unsigned)atoi(argv[3]));
    else if (!strcmp(argv[1], "ask"))
        bench_ask(argv[2], (unsigned)atoi(argv[3]));
    else if (!strcmp(argv[1], "decide"))
        bench_looks(argv[2], atoi(argv[3]));
    else
        return 2;
    return 0;
}
