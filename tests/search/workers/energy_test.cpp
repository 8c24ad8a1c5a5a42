#include "nasnet/search/workers/energy.h"

#include "nasnet/base/file.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

class Energy : public WithFolder {
 protected:
  void put(const std::string& domain, const std::string& name, const std::string& counter) {
    std::filesystem::create_directories(file(domain));
    write_file(file(domain + "/name"), name + "\n");
    write_file(file(domain + "/max_energy_range_uj"), "1000000000\n");
    write_file(file(domain + "/energy_uj"), counter + "\n");
  }
};

TEST_F(Energy, SumsPackagesAndOutlivesACounterThatBeginsAgain) {
  put("intel-rapl:0", "package-0", "5000000");
  put("intel-rapl:1", "package-1", "999000000");
  put("intel-rapl:0:0", "core", "77");
  EnergyMeter meter(file(""));
  ASSERT_TRUE(meter.works());
  EXPECT_EQ(meter.joules(), 0);
  put("intel-rapl:0", "package-0", "8000000");
  put("intel-rapl:1", "package-1", "1000000");
  put("intel-rapl:0:0", "core", "78000000");
  EXPECT_DOUBLE_EQ(meter.joules(), 3 + 2);
  EXPECT_EQ(meter.joules(), 0);
}

TEST_F(Energy, NothingToMeasureWith) {
  EXPECT_FALSE(EnergyMeter(file("nowhere")).works());
  put("intel-rapl:0", "package-0", "not a number");
  EXPECT_FALSE(EnergyMeter(file("")).works());
}

}  // namespace
}  // namespace nasnet::search
