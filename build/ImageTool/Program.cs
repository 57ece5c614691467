using System.Globalization;
using Tierce.ImageTool;

// Called by build/Freestanding.targets after the linker:
//   symbols ELF TABLE                  writes the symbol table of the image
//   verify ELF TABLE                   checks that the table, now linked in, still tells the truth
//   check KIND ELF OBJECT RULES SRC STACK
//                                      checks the rules for that kind of image; OBJECT is what the C# compiler made, RULES the
//                                      folder of root-loaders.txt and recursions.txt, SRC the project's folder,
//                                      STACK the bytes that calls may take of a stack (0: not checked)
//   layout FILE ASSEMBLY REFERENCE...  writes what assembly sources share with the C# in ASSEMBLY (AssemblyNames.cs)
//   abi ASSEMBLY REFERENCE...          prints what the ABI consists of, a line each
//   lock FILE ASSEMBLY REFERENCE...    checks that the ABI is what the file says (AbiLock.cs)
//   registers FILE FOLDER              checks that the C# in FOLDER names the processor's registers as often as the file says (RegisterNames.cs)
//   offsets FILE...                    checks that no offset in a struct is typed into these sources of assembly (OffsetRule.cs)
//   identity FOLDER...                 prints the number that names the sources in these folders (src/Abi/ImageIdentity.cs)
// Errors are printed in the form that MSBuild takes as errors.
try
{
    switch (args)
    {
        case ["symbols", string elf, string table]:
            File.WriteAllBytes(table, SymbolTableWriter.Write(ImageFunctions.Read(ElfFile.Read(elf))));
            return 0;
        case ["verify", string elf, string table]:
            if (!SymbolTableWriter.Write(ImageFunctions.Read(ElfFile.Read(elf))).AsSpan().SequenceEqual(File.ReadAllBytes(table)))
            {
                throw new ImageException($"{elf}: linking the symbol table in moved functions: the linker script must place .symbols behind all code");
            }

            return 0;
        case ["check", string kind, string elf, string compiledObject, string rules, string folder, string stack]:
            return Check(kind, elf, compiledObject, rules, folder, int.Parse(stack, CultureInfo.InvariantCulture));
        case ["layout", string file, string assembly, .. string[] references]:
            WriteIfDifferent(file, AssemblyNames.Write(assembly, references));
            return 0;
        case ["abi", string assembly, .. string[] references]:
            foreach (string line in AbiLock.Lines(assembly, references))
            {
                Console.WriteLine(line);
            }

            return 0;
        case ["lock", string file, string assembly, .. string[] references]:
            return Report("build/abi.lock : error TIERCE003", AbiLock.Compare([.. Lines(file)], AbiLock.Lines(assembly, references)));
        case ["registers", string file, string folder]:
            return Report("build/register-names.txt : error TIERCE005", RegisterNames.Compare(folder, Lines(file)));
        case ["offsets", .. string[] files]:
            return Print(OffsetRule.Check(files));
        case ["identity", .. string[] folders] when folders.Length > 0:
            Console.WriteLine($"0x{SourceIdentity.Of(folders):x16}");
            return 0;
        default:
            throw new ImageException("usage: symbols ELF TABLE | verify ELF TABLE | check KIND ELF OBJECT RULES SRC STACK | layout FILE ASSEMBLY REFERENCE... | abi ASSEMBLY REFERENCE... | lock FILE ASSEMBLY REFERENCE... | registers FILE FOLDER | offsets FILE... | identity FOLDER...");
    }
}
catch (Exception e) when (e is ImageException or IOException)
{
    Console.WriteLine($"ImageTool : error TIERCE001: {e.Message}");
    return 1;
}

static int Report(string where, IReadOnlyList<string> problems) => Print([.. problems.Select(problem => $"{where}: {problem}")]);

static int Print(IReadOnlyList<string> errors)
{
    foreach (string error in errors)
    {
        Console.WriteLine(error);
    }

    return errors.Count == 0 ? 0 : 1;
}

static void WriteIfDifferent(string file, string text)
{
    if (!File.Exists(file) || File.ReadAllText(file) != text)
    {
        File.WriteAllText(file, text);
    }
}

static int Check(string kind, string path, string compiledObject, string rules, string folder, int stackLimit)
{
    ElfFile elf = ElfFile.Read(path);
    List<ImageFunction> functions = ImageFunctions.Read(elf);
    var compiled = ElfFile.Read(compiledObject).Symbols.Where(s => s.Section is > 0 and < 0xff00).Select(s => s.Name).ToHashSet();
    HashSet<string> mayLoadRoots = Lines(Path.Combine(rules, "root-loaders.txt")).ToHashSet();
    Dictionary<string, int> recursions = Lines(Path.Combine(rules, "recursions.txt"))
        .Select(line => line.Split(' ')).ToDictionary(words => words[0], words => int.Parse(words[1], CultureInfo.InvariantCulture));
    List<string> violations = new InstructionRules(functions, compiled, kind, mayLoadRoots).Check(elf);
    string depth = string.Empty;
    if (stackLimit > 0)
    {
        (int bytes, string way, IReadOnlyList<string> problems) = new StackDepth(elf, functions, compiled, recursions).Deepest();
        violations.AddRange(problems);
        depth = $"; stack at most {bytes} bytes";
        if (bytes > stackLimit)
        {
            violations.Add($"calls may take {bytes} bytes of stack, and {stackLimit} are the limit: {way}");
        }
    }

    foreach (string violation in violations)
    {
        Console.WriteLine($"{Path.GetFileNameWithoutExtension(path)} : error TIERCE002: {violation}");
    }

    ulong Size(Func<ElfSection, bool> which) => elf.Sections.Where(s => (s.Flags & 2) != 0 && which(s)).Aggregate(0UL, (n, s) => n + s.Size);
    Console.WriteLine(
        $"{Path.GetFileNameWithoutExtension(path)}: {Size(s => (s.Flags & 4) != 0)} bytes of code, {Size(s => (s.Flags & 5) == 0)} read-only, "
        + $"{Size(s => (s.Flags & 1) != 0)} writable, {functions.Count} functions; "
        + $"{LineCount.OfCSharp(folder)} lines of C#, {LineCount.OfAssembly(folder)} of assembly{depth}");
    return violations.Count == 0 ? 0 : 1;
}

static IEnumerable<string> Lines(string file) =>
    File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');
