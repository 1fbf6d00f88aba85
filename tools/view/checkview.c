/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a check of the cluster to people and to programs. */
#include "tools/view/checkview.h"

#include "tools/view/name.h"

static size_t check_count(const struct check_row *r, bool note)
{
    size_t n = 0;

    for (size_t i = 0; i < r->fault_n; i++)
        n += r->fault[i].note == note;
    return n;
}

/* Which way moves from it would take. */
static void check_ways(FILE *f, const struct check_row *r)
{
    if (!r->ways)
        return;
    if (r->none == r->ways)
        fputs(", no way for moves", f);
    else if (r->lanes && r->lanes < r->ways)
        fprintf(f, ", lanes to %zu of %zu hosts", r->lanes, r->ways);
    else
        fprintf(f, ", moves over %s", r->lanes ? "lanes" : "ssh");
    if (r->by_pki && r->by_pki < r->lanes)
        fprintf(f, " (%zu with certificates)", r->by_pki);
    else if (r->by_pki)
        fputs(" with certificates", f);
}

static void check_about(FILE *f, const struct check_row *r)
{
    if (r->is_switch)
        return;
    if (*r->xen)
        fprintf(f, ", Xen %s", r->xen);
    if (*r->rackhop)
        fprintf(f, ", rackhop %s", r->rackhop);
    if (r->facts)
        fprintf(f, ", %zu guest%s", r->guests, r->guests == 1 ? "" : "s");
    if (r->maintenance)
        fputs(", in maintenance", f);
    check_ways(f, r);
}

static void check_row_text(FILE *f, const struct check_row *r, int width)
{
    size_t bad = check_count(r, false), notes = check_count(r, true);
    char name[NAME_SHOWN];

    fprintf(f, "%-*s  ", width, name_shown(name, r->name));
    if (r->off) {
        fputs("off: rackhopd has switched it off, and it was not asked\n", f);
        return;
    }
    if (bad)
        fprintf(f, "%zu fault%s", bad, bad == 1 ? "" : "s");
    else
        fputs("ok", f);
    if (notes)
        fprintf(f, ", %zu note%s", notes, notes == 1 ? "" : "s");
    check_about(f, r);
    fputc('\n', f);
    for (size_t i = 0; i < r->fault_n; i++)
        fprintf(f, "    %s %s: %s\n        %s\n",
                r->fault[i].note ? "note," : "fault,", r->fault[i].check,
                r->fault[i].text, r->fault[i].help);
}

void checkview_text(FILE *f, const struct check *k)
{
    size_t bad = 0, off = 0;
    int width = 4;

    for (size_t i = 0; i < k->n; i++)
        width = name_wider(width, k->row[i].name);
    for (size_t i = 0; i < k->n; i++) {
        check_row_text(f, &k->row[i], width);
        bad += check_is_bad(&k->row[i]);
        off += k->row[i].off;
    }
    fprintf(f, "\n%zu host%s and %zu switch%s: ", k->hosts,
            k->hosts == 1 ? "" : "s", k->n - k->hosts,
            k->n - k->hosts == 1 ? "" : "es");
    if (bad)
        fprintf(f, "%zu with faults", bad);
    else
        fputs("no faults", f);
    if (off)
        fprintf(f, ", %zu off", off);
    fputc('\n', f);
}

static void check_write_row(struct json_out *o, const struct check_row *r)
{
    json_obj(o);
    json_kv_str(o, "name", r->name);
    json_kv_str(o, "kind", r->is_switch ? "switch" : "host");
    json_kv_bool(o, "ok", !check_is_bad(r));
    json_kv_bool(o, "answered", r->answered);
    if (!r->is_switch) {
        json_kv_str(o, "address", r->address);
        json_kv_str(o, "xen", *r->xen ? r->xen : NULL);
        json_kv_str(o, "rackhop", *r->rackhop ? r->rackhop : NULL);
        json_kv_known_int(o, "guests", r->facts ? (int64_t)r->guests : -1);
        json_kv_bool(o, "maintenance", r->maintenance);
        json_kv_bool(o, "off", r->off);
        json_kv_int(o, "ways", (int64_t)r->ways);
        json_kv_int(o, "lanes", (int64_t)r->lanes);
        json_kv_int(o, "certificates", (int64_t)r->by_pki);
    }
    json_key(o, "faults");
    json_arr(o);
    for (size_t i = 0; i < r->fault_n; i++) {
        json_obj(o);
        json_kv_str(o, "check", r->fault[i].check);
        json_kv_bool(o, "note", r->fault[i].note);
        json_kv_str(o, "text", r->fault[i].text);
        json_kv_str(o, "help", r->fault[i].help);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}

void checkview_json(struct json_out *o, const struct check *k)
{
    bool ok = true;

    for (size_t i = 0; i < k->n; i++)
        ok &= !check_is_bad(&k->row[i]);
    json_obj(o);
    json_kv_str(o, "format", "rackhop-check/1");
    json_kv_str(o, "configuration", k->conf_path);
    json_kv_bool(o, "ok", ok);
    json_key(o, "nodes");
    json_arr(o);
    for (size_t i = 0; i < k->n; i++)
        check_write_row(o, &k->row[i]);
    json_arr_end(o);
    json_obj_end(o);
}
