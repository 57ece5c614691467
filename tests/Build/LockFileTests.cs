using System.Text.Json;
using System.Xml.Linq;

namespace Tierce.Build.Tests;

/// <summary>Every package that a build takes is named in a lock file with its version and its hash, and no other is taken.</summary>
public class LockFileTests
{
    [Fact]
    public void EachProjectLocksTheVersionsThatAreSetCentrally()
    {
        Dictionary<string, string> central = XDocument.Load(PlantedProject.Root + "Directory.Packages.props").Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value, StringComparer.OrdinalIgnoreCase);
        HashSet<string> locked = new(StringComparer.OrdinalIgnoreCase);
        foreach (string project in XDocument.Load(PlantedProject.Root + "Tierce.slnx").Descendants("Project").Select(project => project.Attribute("Path")!.Value))
        {
            string file = Path.Combine(PlantedProject.Root, Path.GetDirectoryName(project)!, "packages.lock.json");
            Assert.True(File.Exists(file), $"{project} has no packages.lock.json");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            foreach (JsonProperty package in document.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()))
            {
                if (package.Value.GetProperty("type").GetString() == "Direct")
                {
                    Assert.Equal((project, package.Name, central[package.Name]), (project, package.Name, package.Value.GetProperty("resolved").GetString()));
                    locked.Add(package.Name);
                }
            }
        }

        Assert.Equal(central.Keys.Order(StringComparer.Ordinal), locked.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"contentHash\": \"", "\"contentHash\": \"0", "NU1403")]
    [InlineData("\"requested\": \"[", "\"requested\": \"[0.", "NU1004")]
    public void APackageThatTheLockDoesNotNameIsRefused(string locked, string changed, string error)
    {
        using var project = new PlantedProject("user");
        (int status, string output) = project.Restore();
        Assert.True(status == 0, output);
        (status, output) = project.Restore();
        Assert.True(status == 0, output);

        string text = File.ReadAllText(project.LockFile);
        int place = text.IndexOf(locked, StringComparison.Ordinal);
        File.WriteAllText(project.LockFile, text[..place] + changed + text[(place + locked.Length)..]);
        (status, output) = project.Restore();
        Assert.NotEqual(0, status);
        Assert.Contains($"error {error}", output, StringComparison.Ordinal);
    }
}
