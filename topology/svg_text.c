/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the texts of a drawing: as wide as is known, and never markup. */
#include "topology/svg_impl.h"

#include <string.h>

#include "tools/base/text.h"

/* The width of a letter, in parts of the text's size, of all usual fonts whose
 * letters are of one width. */
#define LETTER 0.61

enum {
    SVG_HEAD = 512
}; /* of a text that is cut; svg_put_text() cuts shorter */

/* The columns of a character: those that may be wide count as wide. */
static size_t columns_of(const unsigned char *c, size_t bytes)
{
    bool mark = c[0] == 0xe2 || (c[0] == 0xef && c[1] == 0xbf);

    return bytes > 2 && !mark ? 2 : 1;
}

/* Bytes of s that fill at most `most` columns. */
static size_t text_head(const char *s, size_t most, size_t *columns_r)
{
    const unsigned char *c = (const unsigned char *)s;
    size_t len = strlen(s), i = 0, n = 0;

    while (i < len) {
        size_t bytes = text_char(c + i, len - i), w;

        bytes = bytes ? bytes : 1;
        w = columns_of(c + i, bytes);
        if (n + w > most)
            break;
        n += w;
        i += bytes;
    }
    *columns_r = n;
    return i;
}

double svg_width(const char *s, int size)
{
    size_t n;

    text_head(s, strlen(s) * 2, &n);
    return (double)n * size * LETTER;
}

/* U+FFFE and U+FFFF are characters that XML may not have. */
static bool no_xml(const char *s)
{
    return !strncmp(s, "\xef\xbf\xbe", 3) || !strncmp(s, "\xef\xbf\xbf", 3);
}

void svg_put_escaped(FILE *f, const char *text)
{
    char safe[1024];
    const char *s = text_printable(safe, sizeof safe, text, strlen(text));

    for (; *s; s++) {
        if (no_xml(s)) {
            putc('?', f);
            s += 2;
            continue;
        }
        switch (*s) {
        case '&': fputs("&amp;", f); break;
        case '<': fputs("&lt;", f); break;
        case '>': fputs("&gt;", f); break;
        case '"': fputs("&quot;", f); break;
        default: putc(*s, f);
        }
    }
}

/* The end of s, at most `most` of its columns. */
static const char *text_tail(const char *s, size_t columns, size_t most)
{
    const unsigned char *c = (const unsigned char *)s;
    size_t len = strlen(s), i = 0;

    while (i < len && columns > most) {
        size_t bytes = text_char(c + i, len - i);

        bytes = bytes ? bytes : 1;
        columns -= columns_of(c + i, bytes);
        i += bytes;
    }
    return s + i;
}

void svg_put_text(const struct svg *s, double x, double y, int size,
                  size_t most, const char *style, const char *text)
{
    char head[SVG_HEAD];
    size_t all, n, bytes;

    text_head(text, strlen(text) * 2, &all);
    fprintf(s->f, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\"%s%s>", x, y,
            size, *style ? " " : "", style);
    if (all <= most) {
        svg_put_escaped(s->f, text);
    } else {
        bytes = text_head(text, most / 2, &n);
        snprintf(head, sizeof head, "%.*s", (int)bytes, text);
        svg_put_escaped(s->f, head);
        fputs("\xe2\x80\xa6", s->f);
        svg_put_escaped(s->f, text_tail(text, all, most - most / 2 - 1));
    }
    fputs("</text>\n", s->f);
}

const char *svg_speed(char buf[24], int64_t mbps)
{
    if (mbps < 0)
        snprintf(buf, 24, "?");
    else if (mbps >= 1000 && mbps % 100 == 0)
        snprintf(buf, 24, "%gG", (double)mbps / 1000);
    else
        snprintf(buf, 24, "%lldM", (long long)mbps);
    return buf;
}
