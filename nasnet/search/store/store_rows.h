#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/search/store/database.h"
#include "nasnet/search/store/driver_record.h"
#include "nasnet/search/store/trial.h"

namespace nasnet::search {

/// The columns that read_trial() reads, in its order, for a SELECT from trials.
inline constexpr const char* kTrialColumns =
    "number, choices, form, repeats, state, epochs, rungs, reward, measurements, cause, message, "
    "failures, core_seconds, gpu_seconds, joules, peak_bytes";
/// Those that read_owner() reads, of owners.
inline constexpr const char* kOwnerColumns = "role, process, start, host, space, run, job";
/// The row that read_driver() reads. It is there from the moment that the study is made.
inline constexpr const char* kDriverQuery =
    "SELECT state, epoch, beat, seconds, role, process, start, host, space, run, job FROM driver d "
    "LEFT JOIN owners o ON o.owner = d.owner";

/// Reads JSON of the store. Throws InputError for a text that is none of a T; `subject`: "a trial
/// has the rungs".
template <class T>
T read_stored(const std::string& text, const char* subject) {
  try {
    return nlohmann::json::parse(text).get<T>();
  } catch (const nlohmann::json::exception&) {
    throw InputError(
        fmt::format("the study is damaged: {} '{}'", subject, printable(text.substr(0, 40))));
  }
}

/// The same of choices, "[1,0,12]", and measurements, at the pace of millions of trials.
space::Choices read_choices(const std::string& text);
Measurements read_measurements(const std::string& text);

/// Reads a trial of that arm, whose columns begin at `column`. Throws InputError for values that
/// are none.
Trial read_trial(const std::string& arm, const Database::Result& result, size_t row,
                 size_t column = 0);
/// Reads an owner, whose columns begin at `column`; nulls, of nobody, are a default Owner.
Owner read_owner(const Database::Result& result, size_t row, size_t column);
DriverRecord read_driver(const Database::Result& result);

/// Within a transaction: gives the owner, whose key is to_text(owner), a row where it has none.
void enroll(Database& database, const Owner& owner);

/// The value of the reward's column: null for a trial that is not done, so that no query takes a
/// reward that does not count for one that does.
Database::Value reward_value(const Trial& trial);

/// Text that every database takes: zeros, which PostgreSQL refuses, become spaces, and bytes that
/// are no UTF-8, as of a character cut in two, U+FFFD.
std::string clean_text(std::string text);
/// The first 2,000 bytes of a message so.
std::string clean_message(const std::string& text);

}  // namespace nasnet::search
