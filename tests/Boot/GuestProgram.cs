namespace Tierce.Boot.Tests;

/// <summary>Programs for the guest that are built of one source each, when a test first asks for them. They need no C library.</summary>
internal static class GuestProgram
{
    private static readonly Lock s_building = new();

    /// <summary>A 32-bit program (Programs/compat.S).</summary>
    public static string Compat => Build("compat", "compat.S", "-m32");

    /// <summary>What a program may change of its processor (Programs/state.c).</summary>
    public static string State => Build("state", "state.c", "-O1", "-ffreestanding", "-fno-stack-protector", "-fno-pic", "-no-pie");

    private static string Build(string name, string file, params string[] options)
    {
        string source = Path.Combine(Launcher.Root, "tests", "Boot", "Programs", file);
        string program = Path.Combine(Launcher.Root, "artifacts", name, name);
        lock (s_building)
        {
            if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) < File.GetLastWriteTimeUtc(source))
            {
                string folder = Path.GetDirectoryName(program)!;
                Directory.CreateDirectory(folder);
                Launcher.Call(folder, [], null, "gcc", [.. options, "-nostdlib", "-static", "-o", program, source]).Expect(0);
            }
        }

        return program;
    }
}
