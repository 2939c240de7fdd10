// Runs log-ins with the Java client. Each argument is a case: its name and settings (key=value), with
// tabs between; each line of stdout says how it went: name, seconds, error (none: it logged in).
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;

public final class Logins {
    private static final String PATIENCE_MS = "6000";

    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        for (String argument : args) pool.submit(() -> System.out.println(run(argument.split("\t"))));
        pool.shutdown();
    }

    private static String run(String[] parts) {
        Properties settings = new Properties();
        for (int i = 1; i < parts.length; i++) {
            String[] pair = parts[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        settings.put("default.api.timeout.ms", PATIENCE_MS);
        settings.put("request.timeout.ms", PATIENCE_MS);
        long begin = System.nanoTime();
        String error = login(settings).replace('\n', ' ');
        return String.format("%s\t%.3f\t%s", parts[0], (System.nanoTime() - begin) / 1e9, error);
    }

    private static String login(Properties settings) {
        try (Admin admin = Admin.create(settings)) {
            admin.describeCluster().nodes().get();
            return "";
        } catch (ExecutionException failed) {
            Throwable reason = failed.getCause();
            String cause = reason.getCause() == null ? "" : "; " + reason.getCause().getMessage();
            return reason.getClass().getSimpleName() + ": " + reason.getMessage() + cause;
        } catch (Exception failed) {
            return failed.toString();
        }
    }

    /** Hands out the token of the case, whatever it says of itself. */
    public static final class Tokens implements AuthenticateCallbackHandler {
        private String token;

        @Override
        public void configure(Map<String, ?> settings, String mechanism, List<AppConfigurationEntry> entries) {
            token = (String) entries.get(0).getOptions().get("token");
        }

        @Override
        public void handle(Callback[] callbacks) {
            for (Callback callback : callbacks) {
                if (callback instanceof OAuthBearerTokenCallback wanted) wanted.token(new Token(token));
            }
        }

        @Override
        public void close() {}
    }

    private record Token(String value) implements OAuthBearerToken {
        private static final long LIFETIME_MS = 300_000;

        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public long lifetimeMs() {
            return System.currentTimeMillis() + LIFETIME_MS;
        }

        @Override
        public String principalName() {
            return "test";
        }

        @Override
        public Long startTimeMs() {
            return null;
        }
    }
}
