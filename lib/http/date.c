/* Dates: three forms in, one out. Proleptic Gregorian, no time zones but GMT, no locale. */
#include "http/date.h"

#include "http/bytes.h"

#include <shunt/fields.h>

#define DAYS_TO_EPOCH 719468       /* from 0000-03-01 to 1970-01-01 */
#define LAST_SECOND   253402300799 /* 9999-12-31 23:59:59 */

static int64_t clamp(int64_t seconds)
{
    return seconds < 0 ? 0 : seconds > LAST_SECOND ? LAST_SECOND : seconds;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static const char day_names[] = "ThuFriSatSunMonTueWed"; /* the epoch was a Thursday */
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct date {
    unsigned year, month, day; /* month from 0, day from 1 */
};

/*
 * The Gregorian date `days` after 1970-01-01. Counted in years that begin on 1 March, so that the
 * leap day is the last of its year and the months before it follow a fixed pattern.
 */
static struct date date_of_days(unsigned days)
{
    unsigned since = days + DAYS_TO_EPOCH; /* since 0000-03-01 */
    unsigned era = since / 146097, of_era = since % 146097;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153; /* 0 is March */

    return (struct date){
        .year = year + era * 400 + (month >= 10),
        .month = (month + 2) % 12,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

static char *put_two(char *at, unsigned value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
    return at + 2;
}

void http_date_format(int64_t seconds, char out[HTTP_DATE_BYTES])
{
    int64_t within = clamp(seconds);
    unsigned days = (unsigned)(within / 86400), of_day = (unsigned)(within % 86400);
    struct date date = date_of_days(days);
    char *at = put(out, day_names + days % 7 * 3, 3);

    at = put(at, ", ", 2);
    at = put_two(at, date.day);
    *at++ = ' ';
    at = put(at, month_names + date.month * 3, 3);
    *at++ = ' ';
    at = put_two(put_two(at, date.year / 100), date.year % 100);
    *at++ = ' ';
    at = put_two(at, of_day / 3600);
    *at++ = ':';
    at = put_two(at, of_day / 60 % 60);
    *at++ = ':';
    at = put_two(at, of_day % 60);
    put(at, " GMT", 4);
}

void shunt_date_format(int64_t seconds, char out[SHUNT_DATE_BYTES])
{
    http_date_format(seconds, out);
    out[HTTP_DATE_BYTES] = '\0';
}

/* What is left of a date that is read; `at` is NULL from the first byte on that is wrong. */
struct reader {
    const char *at, *end;
};

static void read_literal(struct reader *in, const char *literal)
{
    size_t len = strlen(literal);

    if (in->at && (size_t)(in->end - in->at) >= len && memcmp(in->at, literal, len) == 0) {
        in->at += len;
    } else {
        in->at = NULL;
    }
}

/* Exactly `digits` digits. */
static unsigned read_number(struct reader *in, int digits)
{
    unsigned value = 0;

    if (!in->at || in->end - in->at < digits) {
        in->at = NULL;
        return 0;
    }
    for (; digits > 0; digits--, in->at++) {
        if (!http_byte_is(*in->at, HTTP_BYTE_DIGIT)) {
            in->at = NULL;
            return 0;
        }
        value = value * 10 + (unsigned)(*in->at - '0');
    }
    return value;
}

/* One of the names of three letters in `names`; its number. */
static unsigned read_name(struct reader *in, const char *names)
{
    if (in->at && in->end - in->at >= 3) {
        for (unsigned i = 0; names[i * 3]; i++) {
            if (memcmp(in->at, names + (size_t)i * 3, 3) == 0) {
                in->at += 3;
                return i;
            }
        }
    }
    in->at = NULL;
    return 0;
}

struct moment {
    struct date date;
    unsigned hour, minute, second;
};

static void read_time(struct reader *in, struct moment *moment)
{
    moment->hour = read_number(in, 2);
    read_literal(in, ":");
    moment->minute = read_number(in, 2);
    read_literal(in, ":");
    moment->second = read_number(in, 2);
}

static bool is_real(const struct moment *moment)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const struct date *date = &moment->date;
    bool leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);
    unsigned days = lengths[date->month] + (date->month == 1 && leap);

    return date->day >= 1 && date->day <= days && moment->hour < 24 && moment->minute < 60 &&
           moment->second <= 60;
}

static int64_t seconds_of(const struct moment *moment)
{
    unsigned since_march = (moment->date.month + 10) % 12; /* 0 is March, as above */
    int64_t year = (int64_t)moment->date.year - (since_march >= 10);
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
                   (153 * since_march + 2) / 5 + moment->date.day - 1 - DAYS_TO_EPOCH;

    return days * 86400 + (int64_t)moment->hour * 3600 + (int64_t)moment->minute * 60 +
           moment->second;
}

/* IMF-fixdate, behind the name of the day: ", 06 Nov 1994 08:49:37 GMT". */
static void read_fixdate(struct reader *in, struct moment *moment)
{
    read_literal(in, ", ");
    moment->date.day = read_number(in, 2);
    read_literal(in, " ");
    moment->date.month = read_name(in, month_names);
    read_literal(in, " ");
    moment->date.year = read_number(in, 4);
    read_literal(in, " ");
    read_time(in, moment);
    read_literal(in, " GMT");
}

/* asctime-date, behind the name of the day: " Nov  6 08:49:37 1994". */
static void read_asctime(struct reader *in, struct moment *moment)
{
    read_literal(in, " ");
    moment->date.month = read_name(in, month_names);
    read_literal(in, " ");
    if (in->at && in->at < in->end && *in->at == ' ') {
        in->at++;
        moment->date.day = read_number(in, 1);
    } else {
        moment->date.day = read_number(in, 2);
    }
    read_literal(in, " ");
    read_time(in, moment);
    read_literal(in, " ");
    moment->date.year = read_number(in, 4);
}

/* rfc850-date, behind the three letters of the day: "day, 06-Nov-94 08:49:37 GMT". */
static void read_rfc850(struct reader *in, unsigned day, struct moment *moment)
{
    static const char *const endings[] = {"rsday", "day", "urday", "day", "day", "sday", "nesday"};

    read_literal(in, endings[day]);
    read_literal(in, ", ");
    moment->date.day = read_number(in, 2);
    read_literal(in, "-");
    moment->date.month = read_name(in, month_names);
    read_literal(in, "-");
    moment->date.year = read_number(in, 2);
    read_literal(in, " ");
    read_time(in, moment);
    read_literal(in, " GMT");
}

/* The year that ends in `two` digits, of the last one whose date is no more than 50 years ahead. */
static void choose_century(struct moment *moment, int64_t now)
{
    int64_t within = clamp(now);
    struct moment bound = {.date = date_of_days((unsigned)(within / 86400))};
    unsigned two = moment->date.year, second = (unsigned)(within % 86400);

    bound.hour = second / 3600;
    bound.minute = second / 60 % 60;
    bound.second = second % 60;
    bound.date.year += 50;
    moment->date.year = bound.date.year / 100 * 100 + two;
    if (seconds_of(moment) > seconds_of(&bound)) {
        moment->date.year -= 100;
    }
}

enum shunt_status shunt_date_parse(struct shunt_span text, int64_t now, int64_t *seconds)
{
    struct reader in = {text.at, text.at + text.len};
    struct moment moment = {0};
    unsigned day = read_name(&in, day_names);

    if (!in.at || in.at == in.end) {
        return SHUNT_EPROTO;
    }
    if (*in.at == ',') {
        read_fixdate(&in, &moment);
    } else if (*in.at == ' ') {
        read_asctime(&in, &moment);
    } else {
        read_rfc850(&in, day, &moment);
        choose_century(&moment, now);
    }
    if (in.at != in.end || !is_real(&moment)) {
        return SHUNT_EPROTO;
    }
    *seconds = seconds_of(&moment);
    return SHUNT_OK;
}
