/*
 * Nanoseconds for one request head, in memory: what parsing costs a handshake. Each request is
 * parsed in rounds of about ten milliseconds; the best round is what the code can do, the median
 * says how far to believe it. The input does not change, so branch prediction is at its best.
 *
 *   micro_http_head [ROUNDS]
 */
#include "http/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS_MAX 1000

static const struct {
    const char *name, *bytes;
} requests[] = {
    {"GET, 40 B", "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"},
    {"browser upgrade", "GET /chat HTTP/1.1\r\n"
                        "Host: 127.0.0.1:8101\r\n"
                        "Connection: Upgrade\r\n"
                        "Pragma: no-cache\r\n"
                        "Cache-Control: no-cache\r\n"
                        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
                        "like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
                        "Upgrade: websocket\r\n"
                        "Origin: http://127.0.0.1:8101\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Accept-Encoding: gzip, deflate, br, zstd\r\n"
                        "Accept-Language: en-US,en;q=0.9\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                        "\r\n"},
    {"browser page", "GET /articles/2024/11/a-rather-long-title?page=2&sort=newest HTTP/1.1\r\n"
                     "Host: news.example.org\r\n"
                     "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
                     "Firefox/128.0\r\n"
                     "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"
                     "image/avif,image/webp,*/*;q=0.8\r\n"
                     "Accept-Language: de,en-US;q=0.7,en;q=0.3\r\n"
                     "Accept-Encoding: gzip, deflate, br, zstd\r\n"
                     "Referer: http://news.example.org/articles/2024/11/\r\n"
                     "Connection: keep-alive\r\n"
                     "Cookie: session=4f1c2a9be07d4c5d8a36; consent=yes; theme=dark; "
                     "visited=1731000000\r\n"
                     "Upgrade-Insecure-Requests: 1\r\n"
                     "If-Modified-Since: Tue, 05 Nov 2024 18:20:31 GMT\r\n"
                     "If-None-Match: \"5f2b-62631a8f\"\r\n"
                     "Priority: u=0, i\r\n"
                     "\r\n"},
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double time_round(struct shunt_span in, unsigned repeats)
{
    static const struct http_limits limits = {16384, 8192, 100};
    static struct shunt_field fields[100];
    uint64_t start = now_ns();

    for (unsigned i = 0; i < repeats; i++) {
        struct http_head head;
        size_t used;
        unsigned answer;

        if (http_head_parse(in, 0, &limits, fields, &head, &used, &answer) != SHUNT_OK) {
            abort();
        }
        __asm__ volatile("" : : "r"(&head), "r"(fields) : "memory"); /* the result is wanted */
    }
    return (double)(now_ns() - start) / repeats;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static double took[ROUNDS_MAX];
    int rounds = argc > 1 ? atoi(argv[1]) : 50;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "rounds: 1 to %d\n", ROUNDS_MAX);
        return 2;
    }
    printf("%-18s %6s %10s %10s %10s\n", "request", "bytes", "best ns", "median ns", "best GB/s");
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct shunt_span in = shunt_span_of(requests[i].bytes);
        unsigned repeats = (unsigned)(1e7 / time_round(in, 10000)) + 1;

        for (int round = 0; round < rounds; round++) {
            took[round] = time_round(in, repeats);
        }
        qsort(took, (size_t)rounds, sizeof *took, compare);
        printf("%-18s %6zu %10.1f %10.1f %10.2f\n", requests[i].name, in.len, took[0],
               took[rounds / 2], (double)in.len / took[0]);
    }
    return 0;
}
