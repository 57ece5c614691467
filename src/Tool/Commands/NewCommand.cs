using System.CommandLine;
using System.Reflection;
using System.Xml.Linq;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>new app NAME</c>: a raw application to start from.</summary>
internal static class NewCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> name = new("NAME") { Description = "A C# name, such as Clock; the project is apps/NAME" };
        Command app = new("app", "A raw application, ready to build and run with: ./tierce run --app NAME") { name };
        app.SetAction(parsed => CreateApplication(Repository.Find(), parsed.GetValue(name)!));
        return new Command("new", "Make a project to start from (docs/guide/raw-application.md)") { app };
    }

    private static int CreateApplication(Repository tree, string name)
    {
        bool isName = name.Length is > 0 and <= 40 && char.IsAsciiLetterUpper(name[0]) && name.All(char.IsAsciiLetterOrDigit);
        if (!isName)
        {
            throw new ToolException($"new app {name}: say a C# name of letters and digits that begins with a capital letter");
        }

        string folder = Path.Combine(tree.Root, "apps", name);
        string? taken = Projects(tree).FirstOrDefault(project => string.Equals(project, name, StringComparison.OrdinalIgnoreCase));
        if (taken is not null || Directory.Exists(folder))
        {
            throw new ToolException($"new app {name}: there is a project of that name");
        }

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), Template("Project.csproj.txt"));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Template("Program.cs.txt").Replace("@NAME@", name, StringComparison.Ordinal));
        AddToSolution(tree, name);
        Console.WriteLine($"apps/{name}/Program.cs");
        Progress.Note($"run it with: ./tierce run --app {name}");
        return ExitCodes.Success;
    }

    /// <summary>Names of all projects: assemblies and images are named after them.</summary>
    private static IEnumerable<string> Projects(Repository tree) => ((string[])["src", "apps", "build", "tests"])
        .Select(folder => Path.Combine(tree.Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Select(path => Path.GetFileNameWithoutExtension(path));

    private static void AddToSolution(Repository tree, string name)
    {
        XDocument solution = XDocument.Load(tree.Solution);
        XElement? apps = solution.Root!.Elements("Folder").FirstOrDefault(folder => folder.Attribute("Name")?.Value == "/apps/");
        if (apps is null)
        {
            apps = new XElement("Folder", new XAttribute("Name", "/apps/"));
            solution.Root.Add(apps);
        }

        apps.Add(new XElement("Project", new XAttribute("Path", $"apps/{name}/{name}.csproj")));
        File.WriteAllText(tree.Solution, solution.ToString() + "\n");
    }

    private static string Template(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Application/{name}") ?? throw new InvalidOperationException(name);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
