#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace nasnet {

/// The number beside a word in a file of the system's with lines "word number" or "word: number";
/// none where there is no such file, line or number.
std::optional<int64_t> system_entry(const std::filesystem::path& file, const std::string& word);

/// Resident memory of this process in bytes, the program's own pages included (VmRSS); 0 where the
/// system does not tell.
int64_t resident_memory();
/// Its largest value since forget_peak_memory() (VmHWM).
int64_t peak_memory();
void forget_peak_memory();

/// Makes malloc keep freed memory for later allocations instead of returning it to the system.
/// A training allocates and frees tensors of the same sizes in every step and fresh pages are slow:
/// this saves 10 to 25 % of its time.
void keep_freed_memory();
/// Returns free memory to the system, between two trainings, so that the second does not hold what
/// only the first needed. Takes some milliseconds.
void return_freed_memory();
/// Does so at the end of its life: of a work that may end by an exception.
struct ReturnMemory {
  ReturnMemory() = default;
  ReturnMemory(const ReturnMemory&) = delete;
  ~ReturnMemory() { return_freed_memory(); }
};

}  // namespace nasnet
