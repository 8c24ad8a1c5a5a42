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
/// The most that it was since forget_peak_memory() (VmHWM).
int64_t peak_memory();
void forget_peak_memory();

/// From now on freed memory is kept for what is allocated next instead of being given back to the
/// system block by block: tensors of a training come and go in the same sizes, and fresh pages are
/// slow, so that this saves a tenth to a quarter of a training's time.
void keep_freed_memory();
/// Gives back to the system what is free now: between two trainings, so that one does not hold what
/// another one needed. Costs some milliseconds.
void return_freed_memory();

}  // namespace nasnet
