/*
 * SoftHSM2, with the counter of wrong PINs that hardware has: three in a row lock the token, and its flags say how
 * near that is (PKCS #11 v2.40 section 3.2). The count stands in a file, since each attempt is a process of its own.
 * The file with the same name and ".how" may hold "hang" or "crash", for C_Login; "close-fails" or "close-hangs", for C_Logout
 * and C_Finalize; or "info-fails", for C_GetTokenInfo after a wrong PIN.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long (*function)(void);
/* A function list is a version, padded to a pointer, and pointers in the order of the standard. */
enum { C_Finalize = 2, C_GetTokenInfo = 7, C_Login = 19, C_Logout = 20, functions = 69 };
/* CK_TOKEN_INFO: four texts of 32, 32, 16 and 16 characters, then flags. */
enum { flags_at = 96 };
static const unsigned long device_error = 0x30, pin_incorrect = 0xa0, pin_locked = 0xa4, wrong_max = 3;

static function *theirs, ours[functions];

static unsigned long wrong(long set) {
  unsigned long count = 0;
  FILE *file = fopen(getenv("COUNTING_TOKEN_STATE"), set < 0 ? "r" : "w");
  if (!file) return 0;
  if (set < 0) { if (fscanf(file, "%lu", &count) != 1) count = 0; }
  else fprintf(file, "%ld", set);
  fclose(file);
  return count;
}

static int is_told(const char *what) {
  char path[4096], how[16] = "";
  snprintf(path, sizeof path, "%s.how", getenv("COUNTING_TOKEN_STATE"));
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (fscanf(file, "%15s", how) != 1) how[0] = 0;
  fclose(file);
  return !strcmp(how, what);
}

static unsigned long ending(void) {
  if (is_told("close-hangs")) for (;;) sleep(60);
  return is_told("close-fails") ? device_error : 0;
}

static unsigned long logout(unsigned long session) {
  unsigned long fails = ending();
  return fails ? fails : ((unsigned long (*)(unsigned long))theirs[C_Logout])(session);
}

static unsigned long finalize(void *reserved) {
  unsigned long fails = ending();
  return fails ? fails : ((unsigned long (*)(void *))theirs[C_Finalize])(reserved);
}

static unsigned long get_token_info(unsigned long slot, unsigned char *info) {
  unsigned long found = ((unsigned long (*)(unsigned long, void *))theirs[C_GetTokenInfo])(slot, info);
  if (found) return found;
  unsigned long flags, count = wrong(-1);
  if (count > 0 && is_told("info-fails")) return device_error;
  memcpy(&flags, info + flags_at, sizeof flags);
  flags &= ~0x70000ul;
  if (count > 0) flags |= 0x10000;
  if (count == wrong_max - 1) flags |= 0x20000;
  if (count >= wrong_max) flags |= 0x40000;
  memcpy(info + flags_at, &flags, sizeof flags);
  return 0;
}

static unsigned long login(unsigned long session, unsigned long user, unsigned char *pin, unsigned long length) {
  if (is_told("hang")) for (;;) sleep(60);
  if (is_told("crash")) abort();
  unsigned long count = wrong(-1);
  if (count >= wrong_max) return pin_locked;
  unsigned long found =
      ((unsigned long (*)(unsigned long, unsigned long, void *, unsigned long))theirs[C_Login])(session, user, pin, length);
  if (found == pin_incorrect) wrong(count + 1);
  if (!found) wrong(0);
  return found;
}

unsigned long C_GetFunctionList(function **list) {
  void *library = dlopen(getenv("COUNTING_TOKEN_MODULE"), RTLD_NOW);
  if (!library) return 5;
  unsigned long (*get)(function **) = (unsigned long (*)(function **))dlsym(library, "C_GetFunctionList");
  unsigned long found = get ? get(&theirs) : 5;
  if (found) return found;
  memcpy(ours, theirs, sizeof ours);
  ours[C_GetTokenInfo] = (function)(void *)get_token_info;
  ours[C_Login] = (function)(void *)login;
  ours[C_Logout] = (function)(void *)logout;
  ours[C_Finalize] = (function)(void *)finalize;
  *list = ours;
  return 0;
}
