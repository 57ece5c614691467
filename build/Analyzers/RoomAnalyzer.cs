using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Tierce.Analyzers;

/// <summary>
/// Holds the kernel's rooms to <c>build/rooms.txt</c>. A room is a namespace below <c>Tierce.Kernel</c>. It uses another when it calls a
/// method of it, or reads or writes a field, a property or a constant; to name a type, as a pointer to it, is no use.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RoomAnalyzer : DiagnosticAnalyzer
{
    private const string FileName = "rooms.txt";
    private const string Kernel = "Tierce.Kernel.";

    private static readonly DiagnosticDescriptor s_unlisted = Rule("TIERCE301", "Room", "{0} is not listed: see build/rooms.txt");
    private static readonly DiagnosticDescriptor s_arrow = Rule("TIERCE302", "Reference between rooms", "{0} may not use {1}.{2}: see build/rooms.txt");
    private static readonly DiagnosticDescriptor s_order = Rule("TIERCE303", "Order of rooms", "{0} lists {1}, which does not come before it");
    private static readonly DiagnosticDescriptor s_needless = Rule("TIERCE304", "Needless arrow", "{0} does not use {1}", WellKnownDiagnosticTags.CompilationEnd);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [s_unlisted, s_arrow, s_order, s_needless];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            AdditionalText? file = start.Options.AdditionalFiles.FirstOrDefault(f => f.Path.EndsWith(FileName, StringComparison.Ordinal));
            if (file is null)
            {
                return;
            }

            var plan = new RoomPlan(file, start.CancellationToken);
            var used = new ConcurrentDictionary<string, bool>();
            start.RegisterOperationAction(
                c => Check(c, plan, used),
                OperationKind.Invocation, OperationKind.MethodReference, OperationKind.FieldReference, OperationKind.PropertyReference);
            start.RegisterCompilationEndAction(end => Conclude(end, plan, used));
        });
    }

    private static DiagnosticDescriptor Rule(string id, string title, string message, params string[] tags) =>
        new(id, title, message, "Rooms", DiagnosticSeverity.Error, isEnabledByDefault: true, customTags: tags);

    private static void Check(OperationAnalysisContext context, RoomPlan plan, ConcurrentDictionary<string, bool> used)
    {
        ISymbol? member = context.Operation switch
        {
            IInvocationOperation invocation => invocation.TargetMethod,
            IMemberReferenceOperation reference => reference.Member,
            _ => null,
        };
        string? room = RoomOf(context.ContainingSymbol);
        string? other = RoomOf(member);
        if (room is null || other is null || room == other)
        {
            return;
        }

        Location place = context.Operation.Syntax.GetLocation();
        if (!plan.Knows(room) || !plan.Knows(other))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_unlisted, place, plan.Knows(room) ? other : room));
        }
        else if (plan.Allowance(room, other, member!.ContainingType.Name, member.Name) is { } allowance)
        {
            used[allowance] = true;
        }
        else
        {
            context.ReportDiagnostic(Diagnostic.Create(s_arrow, place, room, $"{other}.{member!.ContainingType.Name}", member.Name));
        }
    }

    // The file lists what is, not what might be. A planted project, or a kernel with other files, has not all of it.
    private static void Conclude(CompilationAnalysisContext context, RoomPlan plan, ConcurrentDictionary<string, bool> used)
    {
        foreach ((string room, string other, Location place) in plan.OutOfOrder)
        {
            context.ReportDiagnostic(Diagnostic.Create(s_order, place, room, other));
        }

        bool isWhole = context.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.HoldsAllRooms", out string? whole)
            && whole == "true";
        foreach ((string allowance, string room, string what, Location place) in plan.Allowances)
        {
            if (isWhole && !used.ContainsKey(allowance))
            {
                context.ReportDiagnostic(Diagnostic.Create(s_needless, place, room, what));
            }
        }
    }

    private static string? RoomOf(ISymbol? symbol)
    {
        string? name = symbol?.ContainingNamespace?.ToDisplayString();
        return name is not null && name.StartsWith(Kernel, StringComparison.Ordinal) ? name.Substring(Kernel.Length) : null;
    }
}
